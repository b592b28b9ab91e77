module __SERVICE__

go 1.22
// msvc:if database

require github.com/mattn/go-sqlite3 v1.14.24
// msvc:end

module __SERVICE__

go 1.22

"""What the service offers over HTTP. FastAPI checks what comes in and writes the OpenAPI document from the same types."""
from datetime import datetime
from typing import List

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from pydantic import BaseModel, conint, constr

# msvc:if calls
from peers import call_peer
# msvc:end
from problem import Problem
from store import Store
from web import problems, with_problems_and_traces

PATH = "__PATH__"
# msvc:if calls
PEERS = [
# msvc:each calls
    "__CALLEE__",
# msvc:end
]
# msvc:end

router = APIRouter()


class NewItem(BaseModel):
    name: constr(strict=True, strip_whitespace=True, min_length=1, max_length=100)
    quantity: conint(strict=True, ge=1, le=1000)


class Item(NewItem):
    id: str
    createdAt: datetime


class Items(BaseModel):
    items: List[Item]


class Health(BaseModel):
    status: str


def create_app(store: Store) -> FastAPI:
    app = FastAPI(
        title="__TITLE__",
        version="1.0.0",
        description="Items of the service __SERVICE__.",
        openapi_url=f"{PATH}/openapi.json",
        docs_url=f"{PATH}/docs",
        redoc_url=None,
    )
    app.state.store = store
    app.include_router(router)
    return with_problems_and_traces(app)


def store_of(request: Request) -> Store:
    return request.app.state.store


# Handlers are plain functions: FastAPI runs them in threads, where a call to SQLite or to a peer blocks nobody else.


@router.get("/healthz", response_model=Health)
def health(store: Store = Depends(store_of)):
    store.ping()
    return {"status": "ok"}


# msvc:if calls
@router.get(f"{PATH}/peers", responses=problems(503))
def list_peers(request: Request):
    """How the services that this one calls are: an example of a call over a declared edge."""
    return {name: {"status": call_peer(name, "GET", "/healthz", request.state.trace)[0]} for name in PEERS}


# msvc:end
@router.get("__URL__", response_model=Items, responses=problems(400))
def list_items(limit: int = Query(20, ge=1, le=100), store: Store = Depends(store_of)):
    """The newest items."""
    return {"items": store.list(limit)}


@router.post("__URL__", response_model=Item, status_code=201, responses=problems(400, 413, 422))
def create_item(new: NewItem, response: Response, store: Store = Depends(store_of)):
    item = store.add(name=new.name, quantity=new.quantity)
    response.headers["location"] = f"{PATH}/{item['id']}"
    return item


@router.get(f"{PATH}/{{id}}", response_model=Item, responses=problems(404))
def get_item(id: str, store: Store = Depends(store_of)):
    return found(store.get(id), id)


@router.delete(f"{PATH}/{{id}}", status_code=204, response_class=Response, responses=problems(404))
def delete_item(id: str, store: Store = Depends(store_of)):
    found(store.remove(id), id)


def found(item, id):
    if not item:
        raise Problem(404, "unknown-item", f"there is no item {id}")
    return item

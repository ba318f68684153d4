"""The models that migrations see: as the migrations before leave them, and made when something looks at them.

Tortoise makes all models anew before each operation and after it, for a schema editor that looks at one of them, or at
none. Most of the time of a migration went into that.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from tortoise.connection import ConnectionHandler
from tortoise.fields.relational import (
    BackwardFKRelation,
    ForeignKeyFieldInstance,
    ManyToManyFieldInstance,
    OneToOneFieldInstance,
)
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

_Key: TypeAlias = tuple[str, str]  # the app's label and the model's name
_States: TypeAlias = dict[_Key, ModelState]
_Models: TypeAlias = dict[str, dict[str, type[Model]]]

_RELATIONS = (ForeignKeyFieldInstance, OneToOneFieldInstance, ManyToManyFieldInstance)


class LazyApps(StateApps):
    """The models of `states`. `get_model` makes the one asked for and those it refers to; `apps` has all of them."""

    def __init__(
        self, states: _States, default_connections: Mapping[str, str], connections: ConnectionHandler | None = None
    ) -> None:
        self._states = states
        self._all: _Models | None = None
        self._some: dict[_Key, type[Model]] = {}
        super().__init__(dict(default_connections), connections)
        self._all = None

    @property
    def apps(self) -> _Models:
        if self._all is None:
            self._all = self._made(self._states)
        return self._all

    @apps.setter
    def apps(self, value: _Models) -> None:
        self._all = value

    def get_model(self, app_label: str, model_name: str | None = None) -> type[Model]:
        key = (app_label, model_name) if model_name is not None else self.split_reference(app_label)
        if self._all is not None:
            return self._all[key[0]][key[1]]
        if key not in self._some:
            made = self._made(self._referred_to_by(key))
            self._some[key] = made[key[0]][key[1]]
        return self._some[key]

    def unregister_model(self, app_label: str, model_name: str) -> None:
        self.forget()

    def forget(self) -> None:
        """The states have changed: what was made of them is no longer true."""
        self._all = None
        self._some.clear()

    def _made(self, keys: Iterable[_Key]) -> _Models:
        apps = StateApps(self._default_connections, self._connections)
        for key in keys:
            apps.register_model(key[0], self._states[key].render(apps))
        apps._init_relations()
        apps._build_initial_querysets()
        return apps.apps

    def _referred_to_by(self, key: _Key) -> list[_Key]:
        """This model and all that its fields refer to, in one step or more. What is not there yet is left out."""
        found, left = {key: None}, [key]
        while left:
            for field in self._states[left.pop()].fields.values():
                if isinstance(field, _RELATIONS) and not isinstance(field, BackwardFKRelation):
                    other = self.split_reference(field.model_name)
                    if other in self._states and other not in found:
                        found[other] = None
                        left.append(other)
        return list(found)


class LazyState(State):
    """Tortoise's `State`, with models made on demand."""

    apps: LazyApps

    @classmethod
    def empty(cls, default_connections: Mapping[str, str]) -> "LazyState":
        states: _States = {}
        return cls(models=states, apps=LazyApps(states, default_connections))

    def clone(self) -> "LazyState":
        states = {key: state.clone() for key, state in self.models.items()}
        apps = LazyApps(states, self.apps._default_connections, self.apps._connections)
        return LazyState(models=states, apps=apps)

    def reload_model(self, app_label: str, model_name: str) -> None:
        if (app_label, model_name) not in self.models:
            raise LookupError(f"Model state {app_label}.{model_name} is unknown")
        self.apps.forget()

    def reload_models(self, model_tuples: Iterable[_Key]) -> None:
        self.apps.forget()

    def validate_relations_initialized(self) -> None:
        """Every relation leads to a model that a migration has made."""
        for state in self.models.values():
            for field in state.fields.values():
                if isinstance(field, _RELATIONS) and self.apps.split_reference(field.model_name) not in self.models:
                    raise RuntimeError(f"No migration made {field.model_name}, to which {state.name} refers.")

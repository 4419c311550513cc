"""What ends with an agreement, as programs read it and send it back with the act."""

from datetime import date
from typing import Any

from rest_framework import serializers

from agreements.departing.effects import Effect
from agreements.ending.effects import mark_of

SHOWN = "终止的：已查看的影响，按查询到的原样送回；与办理时不同的不办理（409），请重新查询。不填则不核对"


class EffectSerializer(serializers.Serializer[Any]):
    """One thing that ends, stays open or becomes free."""

    what = serializers.CharField(source="label", trim_whitespace=False)
    words = serializers.CharField(trim_whitespace=False, allow_blank=True)
    then = serializers.CharField(trim_whitespace=False, allow_blank=True)


def with_mark(given: dict[str, Any], *, on: date) -> dict[str, Any]:
    """What was sent, with the mark of the effects that came with it instead of these."""
    given = dict(given)
    if (shown := given.pop("effects", None)) is None:
        return given
    effects = [Effect(one["label"], one["words"], "", one["then"]) for one in shown]
    return {**given, "seen": mark_of(effects, on=given.get("ends_on", on))}

from typing import Any

from rest_framework import serializers

from agreements.ending.api import SHOWN, EffectSerializer


class Onward(serializers.Serializer[Any]):
    continues = serializers.BooleanField()
    ends_on = serializers.DateField(required=False, help_text="终止的：自这一天起不再服务，不填为今天")
    opinion = serializers.CharField(max_length=500, allow_blank=True)
    document_number = serializers.CharField(max_length=60, allow_blank=True, default="")
    effects = EffectSerializer(many=True, required=False, help_text=SHOWN)


class OnwardSerializer(serializers.Serializer[Any]):
    agreement = serializers.IntegerField(source="agreement_id")
    continues = serializers.BooleanField()
    opinion = serializers.CharField()
    document_number = serializers.CharField()
    decided_on = serializers.DateField()

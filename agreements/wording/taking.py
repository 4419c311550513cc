"""An open agreement takes the words in force: another version of its paper, to be signed anew."""

from datetime import date

from django.db import transaction

from accounts.models import Membership
from agreements.models import Agreement
from agreements.services.correcting import require_open
from agreements.services.holding import hold
from agreements.services.signing import void_all
from agreements.signing import fields
from agreements.wording.queries import texts_of
from agreements.wording.reading import newer_text
from core import audit
from core.policy import Refused, plain
from core.stale import refuse_stale


@transaction.atomic
def take_newest(agreement: Agreement, *, by: Membership, version: int | None, on: date) -> Agreement:
    """Raise the version, so that the paper is printed in the words in force, and void what was signed in others.

    Raises Refused: E-STATE once it is handed in, or where it has these words already; E-REMARKED where the bureau did
    not send back the signatures. Raises Stale when it is another version than `version` now.
    """
    agreement = hold(agreement)
    require_open(agreement, "signatures")
    refuse_stale(agreement, version=version, typed={})
    newest = newer_text(agreement, on=on)
    if newest is None:
        raise Refused([plain("E-STATE", "本协议已采用市科技局启用的文本，不必改用。")])
    former = texts_of([agreement])[agreement.pk]
    void_all(agreement, by=by, why=fields.WORDS)
    agreement.version += 1
    agreement.save(update_fields=["version"])
    audit.record("agreement.text_taken", agreement, by=by, before={"text": former}, after={"text": newest})
    return agreement

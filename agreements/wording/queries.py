"""Which text an agreement is printed with, and what each text is used for."""

from collections.abc import Sequence

from django.db.models import Count, Min, QuerySet

from agreements.enums import TextStatus
from agreements.models import Agreement, AgreementPaper, Signature
from agreements.wording.models import AgreementText


def texts_of(agreements: Sequence[Agreement]) -> dict[int, AgreementText]:
    """The text of each agreement, by its key; however many they are, it asks three times.

    A paper that was printed keeps the words of its version for ever. Before there is one, the words are those that held
    when the first party signed online, else those in force now: a signature is never moved to other words.
    """
    keys = [agreement.pk for agreement in agreements]
    printed = {
        (paper["agreement_id"], paper["version"]): paper["text_id"]
        for paper in AgreementPaper.objects.filter(agreement__in=keys).values("agreement_id", "version", "text_id")
    }
    online = Signature.objects.filter(agreement__in=keys, link__used_at__isnull=False).values_list("agreement_id")
    signed = dict(online.annotate(first=Min("link__used_at")))
    texts = {text.pk: text for text in AgreementText.objects.once_in_force().order_by("year", "version")}
    in_force = [one for one in texts.values() if one.status == TextStatus.IN_FORCE]
    found = {}
    for agreement in agreements:
        assert agreement.service_start
        tied = printed.get((agreement.pk, agreement.version))
        moment = signed.get(agreement.pk)
        held = [one for one in texts.values() if moment and one.held_at(moment)]
        found[agreement.pk] = texts[tied] if tied else _for_year(held or in_force, agreement.service_start.year)
    return found


def in_force_for(agreement: Agreement) -> AgreementText:
    """The words that an agreement of its year is printed with today."""
    assert agreement.service_start
    in_force = AgreementText.objects.filter(status=TextStatus.IN_FORCE).order_by("year")
    return _for_year([*in_force], agreement.service_start.year)


def _for_year(texts: Sequence[AgreementText], year: int) -> AgreementText:
    """Of texts in the order of their years: that year's own, else the last one before it; the first for what is older."""
    return [texts[0], *(one for one in texts if one.year <= year)][-1]


def used(texts: QuerySet[AgreementText]) -> QuerySet[AgreementText]:
    """With `uses`: how many agreements have a paper printed with each."""
    return texts.annotate(uses=Count("papers__agreement", distinct=True))

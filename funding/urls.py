from django.urls import path

from funding.views import batches, bureau, claims, entries, ledger, mine, rates, reversals

app_name = "funding"
urlpatterns = [
    path("overview/", bureau.overview, name="overview"),
    path("budgets/new/", bureau.budget_new, name="budget-new"),
    path("budgets/<int:pk>/amend/", bureau.budget_amend, name="budget-amend"),
    path("allocations/", bureau.allocations, name="allocations"),
    path("allocations/new/", bureau.allocate, name="allocate"),
    path("allocations/<int:pk>/reverse/", reversals.ask_of_allocation, name="allocation-reverse"),
    path("balance/", ledger.balance, name="balance"),
    path("accounts/<int:pk>/", ledger.account, name="account"),
    path("accounts/<int:pk>/xlsx/", ledger.account_xlsx, name="account-xlsx"),
    path("accounts/<int:pk>/pdf/", ledger.account_pdf, name="account-pdf"),
    path("entries/", ledger.entries, name="entries"),
    path("entries/<int:pk>/", entries.entry, name="entry"),
    path("entries/<int:pk>/reverse/", reversals.ask, name="entry-reverse"),
    path("reversals/", reversals.reversals, name="reversals"),
    path("reversals/<int:pk>/decide/", reversals.decide, name="reversal-decide"),
    path("reversals/<int:pk>/withdraw/", reversals.withdraw, name="reversal-withdraw"),
    path("rates/", rates.rates, name="rates"),
    path("rates/<int:pk>/withdraw/", rates.withdraw, name="rate-withdraw"),
    path("claims/", claims.claims, name="claims"),
    path("batches/", batches.batches, name="batches"),
    path("batches/<int:pk>/", batches.batch, name="batch"),
    path("batches/<int:pk>/change/", batches.change, name="batch-change"),
    path("batches/<int:pk>/submit/", batches.submit, name="batch-submit"),
    path("batches/<int:pk>/approve/", batches.approve, name="batch-approve"),
    path("batches/<int:pk>/return/", batches.give_back, name="batch-return"),
    path("batches/<int:pk>/drop/", batches.drop, name="batch-drop"),
    path("batches/<int:pk>/pdf/", batches.sheet_pdf, name="batch-pdf"),
    path("batches/<int:pk>/xlsx/", batches.sheet_xlsx, name="batch-xlsx"),
    path("mine/", mine.mine, name="mine"),
]

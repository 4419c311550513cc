"""Words of the histories that core keeps itself."""

VERBS = {
    "pack.drafted": "起草新版本",
    "pack.edited": "修改草案",
    "pack.proposed": "提交审批",
    "pack.withdrawn": "退回草案",
    "pack.activated": "审定生效",
}

LABELS = {
    "based_on": "起草依据",
    "entry": "条目",
    "values": "取值",
    "proposed_for": "拟生效日期",
    "active_from": "生效日期",
}

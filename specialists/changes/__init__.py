"""变更申请: what is kept of a selected person changes when a second person has seen the proof of it."""

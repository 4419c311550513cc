"""三方签署: on paper or by a personal link with a one-time code, one beside the other; what is waited for, refused, void."""

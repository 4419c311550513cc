"""改派申请: a filed service is to go on at another host. The bureau ends the agreement; the new one is signed anew."""

"""The demo dealership: facts, chapters and the writers of its documents."""

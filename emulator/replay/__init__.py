"""Replay: rules run over cases and corpora, judged and measured."""

"""What each clock of a case last said: who owes what by when."""

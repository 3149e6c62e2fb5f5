"""What every service stands on. It decides nothing about cases: mechanism only."""

"""What a buyer gets back: ordered from the payment system once per decision, and its outcome taken."""

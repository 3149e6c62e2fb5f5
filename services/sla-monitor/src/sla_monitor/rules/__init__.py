"""What clocks run by: policy rows and calendars of a market, in versions that are proposed, tried and published."""

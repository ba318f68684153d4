"""What staff screens are told of without asking."""

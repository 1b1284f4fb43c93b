"""What happens inside a model and on single images."""

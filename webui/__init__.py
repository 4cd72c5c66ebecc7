"""Pages, forms and commands; ``application.create_app`` joins them."""

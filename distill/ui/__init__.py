"""The page: Gradio components, the live routes and their wiring."""

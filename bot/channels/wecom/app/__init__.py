"""The self-built app (自建应用): told over HTTP, by callbacks, and speaking over the server API."""

"""The story that Ombud exists for, played against five running services: by the demo for people, by a test for CI."""

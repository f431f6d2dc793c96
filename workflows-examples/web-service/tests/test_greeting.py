import unittest

from app.greeting import greet


class Greeting(unittest.TestCase):
    def test_names_who_is_greeted(self):
        self.assertTrue(greet("world").endswith("world!"))


if __name__ == "__main__":
    unittest.main()

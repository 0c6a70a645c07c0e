# The first page of a new server.

setup-title = Set up Rulewright
setup-text = This server has no account yet. Whoever has started it makes the first one here, as the owner of the shop.
setup-code = Setup code
setup-code-help = The program prints it when it is started, as a link. Each start has a new one.
setup-you = You
setup-password-help = At least { $count } characters, such as four words.
setup-password-again = Password again
setup-password-differs = The two passwords are not the same. Nothing was saved.
setup-shop = Your shop
setup-shop-name = Name
setup-currency = Currency
setup-currency-help = Three letters, such as EUR. It stays, once there are orders.
setup-sample = With a sample shop: 40 orders, a pipeline, 3 plugins and an automation
setup-sample-help = Made of real orders and invented people. Nothing is sent to anybody.
setup-go = Set up
setup-unfilled = You are in, but the sample is not complete
setup-unfilled-next = Go to the orders

"""Play thousands of calls with faults at random, and make up the balance: nothing may be lost."""

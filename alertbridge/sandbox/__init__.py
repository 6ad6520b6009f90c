"""A Feishu for laptops and CI: a second reading of the platform's documents, independent of our own client."""

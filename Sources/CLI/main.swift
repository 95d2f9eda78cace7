print("bert")

def write(result, folder):
    import pickle

    pickle.dump(result, open(folder / "result.pickle", "wb"))
    for n in dict.fromkeys(__import__("bench.series").series.ORDER):
        print(
            n,
            [round(r.rate(n)) for r in result.rounds],
            [round(r.rate(n, own=True)) for r in result.rounds],
        )
    print(
        result.memory,
        result.floors_memory,
        result.start,
        result.floors_start,
        result.seconds,
        [(r.others, r.load_average) for r in result.rounds],
    )

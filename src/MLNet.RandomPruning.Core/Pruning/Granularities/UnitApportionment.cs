namespace MLNet.RandomPruning.Pruning.Granularities;

/// <summary>Whole numbers of kept units from densities.</summary>
internal static class UnitApportionment
{
    /// <summary>
    /// Scales the densities of sets until what they keep sums to a total. Where that takes more, dense sets are dense and the others
    /// take one common factor, none beyond its capacity; where it takes less, all take the factor, so that the ratio's
    /// proportions hold. Densities that sum to the total already, as those of weights do, are given back as they are.
    /// </summary>
    /// <exception cref="PruningBudgetException">All that may be kept is less than the total.</exception>
    public static IReadOnlyList<double> Scale(MaskUnits units, IReadOnlyList<double> densities, long total)
    {
        var sets = units.Sets;
        double Kept(int set, double density) => Math.Min(density * sets[set].Count, units.Capacities[set]) * sets[set].Size;
        int[] all = [.. Enumerable.Range(0, sets.Count)];
        double sum = all.Sum(set => Kept(set, densities[set]));
        if (Math.Abs(sum - total) < 1)
        {
            return densities;
        }

        if (sum > total)
        {
            return [.. all.Select(set => total / sum * Kept(set, densities[set]) / sets[set].Extent)];
        }

        double[] scaled = [.. densities];
        var open = all.Where(set => densities[set] is > 0 and < 1).ToList();
        double left = total - all.Except(open).Sum(set => Kept(set, densities[set]));
        while (open.Count > 0)
        {
            double factor = left / open.Sum(set => densities[set] * sets[set].Extent);
            var full = open.Where(set => factor * densities[set] * sets[set].Count >= units.Capacities[set]).ToList();
            foreach (int set in full.Count == 0 ? open : full)
            {
                scaled[set] = full.Count == 0 ? factor * densities[set] : (double)units.Capacities[set] / sets[set].Count;
            }

            if (full.Count == 0)
            {
                return scaled;
            }

            left -= full.Sum(set => (double)units.Capacities[set] * sets[set].Size);
            open.RemoveAll(full.Contains);
        }

        return left < 0.5
            ? scaled
            : throw new PruningBudgetException($"{total} {units.Granularity.UnitNoun} are to be kept, but there are only {total - left:F0} that can be.");
    }

    /// <summary>
    /// The method of largest remainders: round down, then give what is missing to the sets that lost most. A dense set has lost
    /// nothing. Rounding errors of the densities can put the sum above the total; that is taken back likewise. Sets of the
    /// largest units go first, and what they leave over goes to those of smaller ones, so that the total is met exactly, or
    /// as nearly as the smallest unit allows.
    /// </summary>
    /// <exception cref="PruningBudgetException">The densities do not sum to the total.</exception>
    public static int[] LargestRemainders(MaskUnits units, IReadOnlyList<double> densities, long total)
    {
        var sets = units.Sets;
        double[] quotas = [.. sets.Select((set, index) => Math.Min(densities[index] * set.Count, units.Capacities[index]))];
        int[] kept = [.. quotas.Select(quota => (int)quota)];
        bool CanStep(int set, int step) => densities[set] < 1 && kept[set] + step >= 0 && kept[set] + step <= units.Capacities[set];
        long missing = total;
        double ideal = total;
        foreach (var sizes in Enumerable.Range(0, sets.Count).GroupBy(set => sets[set].Size).OrderByDescending(sizes => sizes.Key))
        {
            ideal -= sizes.Sum(set => quotas[set] * sizes.Key);
            missing -= sizes.Sum(set => (long)kept[set] * sizes.Key);

            // What is missing but not due to smaller units is due here; the last ones take it all.
            double due = sizes.Key == sets.Min(set => set.Size) ? missing : missing - ideal;
            long steps = (long)Math.Round(due / sizes.Key, MidpointRounding.AwayFromZero);
            int step = Math.Sign(steps);
            int[] order = [.. sizes.OrderByDescending(set => step * (quotas[set] - (int)quotas[set]))];
            for (long before = 0; steps != before;)
            {
                before = steps;
                foreach (int set in order.Where(set => steps != 0 && CanStep(set, step)))
                {
                    kept[set] += step;
                    steps -= step;
                    missing -= step * sizes.Key;
                }
            }
        }

        int sign = Math.Sign(missing);
        foreach (int set in Enumerable.Range(0, sets.Count).OrderByDescending(set => sets[set].Size))
        {
            // The smallest units were full, so larger ones come as near as they can.
            while (2 * Math.Abs(missing) > sets[set].Size && Math.Sign(missing) == sign && CanStep(set, sign))
            {
                kept[set] += sign;
                missing -= sign * sets[set].Size;
            }
        }

        // What is left is at most half a unit that could be kept or pruned, unless there is no such unit.
        return missing == 0 || Enumerable.Range(0, sets.Count).Any(set => CanStep(set, Math.Sign(missing)))
            ? kept
            : throw new PruningBudgetException($"its densities sum to {total - missing} {units.Granularity.UnitNoun} where {total} are to be kept.");
    }

    /// <summary>
    /// Splits a total in proportion to whole numbers by the method of Sainte-Laguë: the next one always goes where
    /// (already given + ½)/number is smallest. As the total grows no part ever shrinks, and a total of the numbers' sum gives the numbers.
    /// </summary>
    /// <param name="numbers">The numbers, none negative.</param>
    /// <param name="total">From 0 to the sum of the numbers.</param>
    public static int[] SainteLague(IReadOnlyList<int> numbers, long total)
    {
        long sum = numbers.Sum(number => (long)number);
        int[] parts = new int[numbers.Count];
        if (sum == 0)
        {
            return parts;
        }

        // All parts whose quotient is at most λ = (total − count/2)/sum are given at once; they are at most the total.
        for (int index = 0; index < parts.Length; index++)
        {
            var given = ((Int128)(2 * total - parts.Length) * numbers[index] + sum) / (2 * (Int128)sum);
            parts[index] = (int)Int128.Max(given, 0);
        }

        for (long left = total - parts.Sum(part => (long)part); left > 0; left--)
        {
            int next = -1;
            for (int index = 0; index < parts.Length; index++)
            {
                if (numbers[index] > 0
                    && (next < 0 || (Int128)(2L * parts[index] + 1) * numbers[next] < (Int128)(2L * parts[next] + 1) * numbers[index]))
                {
                    next = index;
                }
            }

            parts[next]++;
        }

        return parts;
    }
}

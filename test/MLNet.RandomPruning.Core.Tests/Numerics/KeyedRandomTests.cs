using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Tests.Numerics;

[TestClass]
public sealed class KeyedRandomTests
{
    [TestMethod]
    public void Stream_IsAFunctionOfSeedPurposeAndIndex()
    {
        var streams = new HashSet<ulong>();
        foreach (long seed in new long[] { 0, 1, -1, long.MaxValue })
        {
            foreach (var purpose in Enum.GetValues<RandomPurpose>())
            {
                foreach (long index in new long[] { 0, 1, 1L << 32, -1 })
                {
                    ulong first = new KeyedRandom(seed, purpose, index).NextUInt64();
                    Assert.AreEqual(first, new KeyedRandom(seed, purpose, index).NextUInt64());
                    Assert.IsTrue(streams.Add(first), $"({seed}, {purpose}, {index}) shares its numbers with another stream.");
                }
            }
        }
    }

    [TestMethod]
    public void NextUInt32_WalksThroughTheBlocksOfPhilox()
    {
        var random = new KeyedRandom(0x0123456789abcdef, RandomPurpose.Shuffle, 0x00000005_00000007);
        for (uint block = 0; block < 3; block++)
        {
            var (x0, x1, x2, x3) = Philox.Block(0x0123456789abcdef, block, 7, 5, (uint)RandomPurpose.Shuffle);
            foreach (uint expected in new[] { x0, x1, x2, x3 })
            {
                Assert.AreEqual(expected, random.NextUInt32());
            }
        }
    }

    [TestMethod]
    public void HashOf_IsFnv1a()
    {
        // Published vectors of 64-bit FNV-1a.
        Assert.AreEqual(unchecked((long)0xcbf29ce484222325), KeyedRandom.HashOf(""));
        Assert.AreEqual(unchecked((long)0xaf63dc4c8601ec8c), KeyedRandom.HashOf("a"));
        Assert.AreEqual(unchecked((long)0x85944171f73967e8), KeyedRandom.HashOf("foobar"));
    }

    [TestMethod]
    [DataRow(1L)]
    [DataRow(2026L)]
    public void NextDouble_IsUniform(long seed)
    {
        const int Draws = 400_000;
        var random = new KeyedRandom(seed, RandomPurpose.Augmentation);
        double[] moments = new double[4];
        int[] bins = new int[100];
        for (int draw = 0; draw < Draws; draw++)
        {
            double x = random.NextDouble();
            Assert.IsTrue(x is >= 0 and < 1);
            bins[(int)(x * bins.Length)]++;
            for (int power = 0; power < moments.Length; power++)
            {
                moments[power] += Math.Pow(x, power + 1) / Draws;
            }
        }

        for (int power = 1; power <= moments.Length; power++)
        {
            // The variance of xᵖ is 1/(2p + 1) − 1/(p + 1)².
            double deviation = Math.Sqrt((1.0 / (2 * power + 1) - 1.0 / ((power + 1) * (power + 1))) / Draws);
            Assert.AreEqual(1.0 / (power + 1), moments[power - 1], 5 * deviation);
        }

        AssertChiSquare(bins, Draws);
    }

    [TestMethod]
    public void NextGaussian_HasTheMomentsOfTheNormalDistribution()
    {
        const int Draws = 400_000;
        var random = new KeyedRandom(17, RandomPurpose.Initialization, "conv");
        double[] sums = new double[7];
        int beyondTwo = 0;
        for (int draw = 0; draw < Draws; draw++)
        {
            double x = random.NextGaussian();
            beyondTwo += Math.Abs(x) > 2 ? 1 : 0;
            for (int power = 1; power < sums.Length; power++)
            {
                sums[power] += Math.Pow(x, power) / Draws;
            }
        }

        // E xᵖ = 0, 1, 0, 3, 0, 15 and E x²ᵖ = 1, 3, 15, 105, 945, 10395.
        double[] mean = [0, 1, 0, 3, 0, 15];
        double[] square = [1, 3, 15, 105, 945, 10395];
        for (int power = 1; power < sums.Length; power++)
        {
            double deviation = Math.Sqrt((square[power - 1] - mean[power - 1] * mean[power - 1]) / Draws);
            Assert.AreEqual(mean[power - 1], sums[power], 5 * deviation, $"moment {power}");
        }

        Assert.AreEqual(0.0455003, (double)beyondTwo / Draws, 5 * Math.Sqrt(0.0455 * 0.9545 / Draws));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    [DataRow(10)]
    [DataRow(97)]
    public void NextInt_IsUniform(int bound)
    {
        const int Draws = 200_000;
        var random = new KeyedRandom(5, RandomPurpose.Shuffle, bound);
        int[] counts = new int[bound];
        for (int draw = 0; draw < Draws; draw++)
        {
            counts[random.NextInt(bound)]++;
        }

        AssertChiSquare(counts, Draws);
    }

    [TestMethod]
    public void Shuffle_GivesEachOrderEquallyOften()
    {
        const int Draws = 60_000;
        int[] counts = new int[24];
        for (int draw = 0; draw < Draws; draw++)
        {
            int[] items = [0, 1, 2, 3];
            new KeyedRandom(3, RandomPurpose.Shuffle, draw).Shuffle(items);
            CollectionAssert.AreEquivalent(new[] { 0, 1, 2, 3 }, items);
            int rank = 0;
            for (int i = 0; i < 4; i++)
            {
                rank = rank * (4 - i) + items[(i + 1)..].Count(later => later < items[i]);
            }

            counts[rank]++;
        }

        AssertChiSquare(counts, Draws);
    }

    private static void AssertChiSquare(int[] counts, int draws)
    {
        double expected = (double)draws / counts.Length;
        double chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        double freedom = counts.Length - 1;
        Assert.IsTrue(chiSquare <= freedom + 5 * Math.Sqrt(2 * freedom) + 10, $"χ² is {chiSquare:F1} with {freedom} degrees of freedom.");
    }
}

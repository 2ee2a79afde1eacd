using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Tests.Numerics;

[TestClass]
public sealed class PortableMathTests
{
    private const double AllowedUlps = 4;

    [TestMethod]
    public void Log_AgreesWithTheSystem()
    {
        var random = new KeyedRandom(1, RandomPurpose.Augmentation);
        for (int draw = 0; draw < 200_000; draw++)
        {
            // Over all normal numbers, and close to 1, where the logarithm itself is close to 0.
            double x = draw % 2 == 0
                ? BitConverter.Int64BitsToDouble((long)(random.NextUInt64() % 0x7fe0000000000000) + 0x0010000000000000)
                : 1 + random.NextDouble(-0.5, 0.5) * Math.Pow(2, -random.NextInt(40));
            AssertClose(Math.Log(x), PortableMath.Log(x), x);
        }

        Assert.AreEqual(0, PortableMath.Log(1));
    }

    [TestMethod]
    public void Exp_AgreesWithTheSystem()
    {
        var random = new KeyedRandom(2, RandomPurpose.Augmentation);
        for (int draw = 0; draw < 200_000; draw++)
        {
            double x = draw % 2 == 0 ? random.NextDouble(-707, 709) : random.NextDouble(-1, 1) * Math.Pow(2, -random.NextInt(60));
            AssertClose(Math.Exp(x), PortableMath.Exp(x), x);
        }

        Assert.AreEqual(1, PortableMath.Exp(0));
    }

    [TestMethod]
    public void Exp_HandlesTheEnds()
    {
        Assert.AreEqual(0, PortableMath.Exp(-800));
        Assert.AreEqual(0, PortableMath.Exp(double.NegativeInfinity));
        Assert.AreEqual(double.PositiveInfinity, PortableMath.Exp(800));
        Assert.AreEqual(double.PositiveInfinity, PortableMath.Exp(double.PositiveInfinity));
        Assert.AreEqual(double.NaN, PortableMath.Exp(double.NaN));
    }

    private static void AssertClose(double expected, double actual, double x)
    {
        double ulp = Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected);
        Assert.IsTrue(Math.Abs(expected - actual) <= AllowedUlps * ulp, $"At {x:R}: {actual:R} instead of {expected:R}, {Math.Abs(expected - actual) / ulp:F1} ulps away.");
    }

    [TestMethod]
    public void HalfCosineAgreesWithTheLibrary()
    {
        Assert.AreEqual(1, PortableMath.HalfCosine(0));
        Assert.AreEqual(0.5, PortableMath.HalfCosine(0.5), 1e-15);
        Assert.AreEqual(0, PortableMath.HalfCosine(1), 1e-30);
        for (int i = 0; i <= 1000; i++)
        {
            Assert.AreEqual(0.5 * (1 + Math.Cos(Math.PI * i / 1000)), PortableMath.HalfCosine(i / 1000.0), 4e-16);
        }
    }
}

using MLNet.RandomPruning.Evaluation.Robustness;

namespace MLNet.RandomPruning.Core.Tests.Evaluation.Robustness;

/// <summary>The texts of attacks and corruptions, and what is said of bad ones.</summary>
[TestClass]
public sealed class PerturbationTextTests
{
    [TestMethod]
    [DataRow("fgsm:8/255", "FGSM(8/255)", 8 / 255.0)]
    [DataRow(" FGSM( 0.03 ) ", "FGSM(0.03)", 0.03)]
    [DataRow("fgsm:epsilon=1", "FGSM(1)", 1.0)]
    [DataRow("fgsm:0.5", "FGSM(0.5)", 0.5)]
    [DataRow("fgsm:1e-3", "FGSM(0.001)", 0.001)]
    [DataRow("pgd:8/255", "PGD(8/255, steps=10, random start)", 8 / 255.0)]
    [DataRow("pgd:8/255:20", "PGD(8/255, steps=20, random start)", 8 / 255.0)]
    [DataRow("pgd:8/255:20:1/255", "PGD(8/255, steps=20, step=1/255, random start)", 8 / 255.0)]
    [DataRow("PGD(4/255, step=1.5/255, steps=3, no random start)", "PGD(4/255, steps=3, step=1.5/255, no random start)", 4 / 255.0)]
    [DataRow("PGD(8/255, steps=10, step=2/255, random start)", "PGD(8/255, steps=10, step=2/255, random start)", 8 / 255.0)]
    [DataRow("noise:16/255", "GaussianNoise(16/255)", 16 / 255.0)]
    [DataRow("gaussiannoise(sigma=0.1)", "GaussianNoise(0.1)", 0.1)]
    [DataRow("contrast:3", "contrast:3", 3.0)]
    [DataRow("Gaussian_Noise(severity=5)", "gaussian_noise:5", 5.0)]
    public void Texts_are_read_and_names_are_read_back(string text, string name, double strength)
    {
        var found = Perturbations.Parse(text);
        Assert.AreEqual(name, found.Name);
        Assert.AreEqual(name, found.ToString());
        Assert.AreEqual(strength, found.Strength);
        var again = Perturbations.Parse(found.Name);
        Assert.AreEqual((found.Name, found.Family, found.Strength, found.Kind), (again.Name, again.Family, again.Strength, again.Kind));
    }

    [TestMethod]
    public void Names_of_any_strength_are_read_back_exactly()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 500; trial++)
        {
            double epsilon = trial % 3 == 0 ? random.Next(256) / 255.0 : random.NextDouble(), step = 0.0001 + random.NextDouble();
            var attack = AdversarialAttack.ProjectedGradient(epsilon, random.Next(1, 100), trial % 2 == 0 ? step : null);
            var again = AdversarialAttack.Parse(attack.Name);
            Assert.AreEqual((attack.Name, attack.Strength), (again.Name, again.Strength));
            Assert.AreEqual(epsilon, attack.Strength, 2e-15 * epsilon);
        }
    }

    [TestMethod]
    public void A_step_of_two_and_a_half_epsilon_over_the_steps_is_the_default()
    {
        var images = RobustnessSamples.Images(RobustnessSamples.Network.InputShape, 4, 5);
        using var engine = RobustnessSamples.Engine(batchSize: 4);
        var byDefault = RobustnessSamples.Perturb(engine, images, AdversarialAttack.Parse("pgd:8/255:10"), 4);
        var explicitly = RobustnessSamples.Perturb(engine, images, AdversarialAttack.Parse("pgd:8/255:10:2/255"), 4);
        for (int image = 0; image < images.Count; image++)
        {
            CollectionAssert.AreEqual(explicitly[image], byDefault[image]);
        }
    }

    [TestMethod]
    [DataRow("fgsm", "lacks ε")]
    [DataRow("fgsm:", "lacks ε")]
    [DataRow("pgd:8/255::2/255", "number of steps is ''")]
    [DataRow("fgsm:8", "from 0 to 1")]
    [DataRow("fgsm:-1/255", "'-1/255'")]
    [DataRow("fgsm:1/0", "'1/0'")]
    [DataRow("fgsm:1/2/3", "'1/2/3'")]
    [DataRow("fgsm:NaN", "'NaN'")]
    [DataRow("fgsm:8/255:3", "'3' is not a setting")]
    [DataRow("FGSM(8/255, step=1)", "'step=1' is not a setting")]
    [DataRow("pgd:8/255:0", "'0', but goes from 1")]
    [DataRow("pgd:8/255:ten", "'ten'")]
    [DataRow("pgd:8/255:3:0", "step size is '0'")]
    [DataRow("PGD(8/255, random start, no random start)", "for none")]
    [DataRow("PGD(8/255, restarts=3)", "'restarts=3'")]
    [DataRow("noise:2", "σ is '2'")]
    [DataRow("contrast", "lacks a severity")]
    [DataRow("contrast:0", "'0', but goes from 1 to 5")]
    [DataRow("contrast:6", "'6', but goes from 1 to 5")]
    [DataRow("contrast:3:2", "'2' is not a setting")]
    [DataRow("snow:3", "gaussian_noise")]
    [DataRow("", "fgsm:8/255")]
    public void Bad_texts_are_refused_with_what_is_wrong(string text, string said) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Perturbations.Parse(text)).Message, said);

    [TestMethod]
    public void Bad_values_are_refused()
    {
        foreach (double epsilon in new[] { -0.1, 1.01, double.NaN, double.PositiveInfinity })
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => AdversarialAttack.FastGradientSign(epsilon));
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => AdversarialAttack.ProjectedGradient(epsilon));
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => AdversarialAttack.GaussianNoise(epsilon));
        }

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => AdversarialAttack.ProjectedGradient(0.1, steps: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => AdversarialAttack.ProjectedGradient(0.1, stepSize: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => AdversarialAttack.ProjectedGradient(0.1, stepSize: double.NaN));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ImageCorruption.Create("contrast", 6));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => ImageCorruption.Create("fog", 1)).Message, "'fog'");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => AdversarialAttack.Parse("contrast:3")).Message, "not a known attack");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => ImageCorruption.Parse("fgsm:0.1")).Message, "not a known corruption");
    }

    [TestMethod]
    public void Lists_may_have_commas_in_brackets_and_name_whole_families()
    {
        CollectionAssert.AreEqual(
            new[] { "FGSM(8/255)", "PGD(8/255, steps=3, random start)", "contrast:1", "contrast:2", "contrast:3", "contrast:4", "contrast:5", "pixelate:2" },
            Perturbations.ParseList("fgsm:8/255, PGD(8/255, steps=3),contrast , pixelate:2").Select(found => found.Name).ToArray());
        CollectionAssert.AreEqual(ImageCorruption.All.ToArray(), Perturbations.ParseList("corruptions").ToArray());
        Assert.AreEqual(ImageCorruption.Names.Count * ImageCorruption.SeverityCount, ImageCorruption.All.Select(corruption => corruption.Name).Distinct().Count());
        Assert.ThrowsExactly<ArgumentException>(() => Perturbations.ParseList("fgsm:8/255,,contrast"));
        Assert.ThrowsExactly<ArgumentException>(() => Perturbations.ParseList(""));
    }
}

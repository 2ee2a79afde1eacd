using System.Globalization;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace StandaloneScoring.Tests;

/// <summary>The program as it is called: what it prints, and how it fails.</summary>
[TestClass]
public sealed class AppTests
{
    private static readonly PixelNormalization Normalization = new([.4f, .5f, .6f], [.2f, .25f, .3f]);

    private string _folder = "";

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("standalone-scoring-").FullName;

    [TestCleanup]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void Images_AreScoredWithTheModelsProbabilities()
    {
        var model = SaveModel(channels: 3);
        byte[][] planes = [SaveImage("a.ppm", 1), SaveImage("b.ppm", 2)];
        string[] paths = [InFolder("a.ppm"), InFolder("b.ppm")];
        using var predictor = new PrunedModel(model);
        var (code, output, errors) = Run([InFolder("model.safetensors"), .. paths]);
        Assert.AreEqual(0, code, errors);
        Assert.AreEqual("", errors);
        string[][] rows = Rows(output);
        Assert.HasCount(2, rows);
        for (int image = 0; image < 2; image++)
        {
            var scores = new float[4];
            int best = predictor.Classify(planes[image], scores);
            CollectionAssert.AreEqual(new[] { paths[image], model.ClassNames[best], scores[best].ToString("F4", CultureInfo.InvariantCulture) }, rows[image]);
        }
    }

    [TestMethod]
    public void TopAndOutOfDistribution_AddLinesAndAColumn()
    {
        var model = SaveModel(channels: 3);
        byte[] planes = SaveImage("a.ppm", 1);
        using var predictor = new PrunedModel(model);
        var scores = new float[4];
        var energy = new double[1];
        predictor.Predict(planes, scores, energy, "Energy");
        var (code, output, _) = Run(["--top", "3", "--ood=energy", InFolder("model.safetensors"), InFolder("a.ppm")]);
        Assert.AreEqual(0, code);
        string[][] rows = Rows(output);
        Assert.HasCount(3, rows);
        float[] sorted = [.. scores.OrderDescending()];
        for (int line = 0; line < 3; line++)
        {
            Assert.AreEqual(sorted[line].ToString("F4", CultureInfo.InvariantCulture), rows[line][2]);
            Assert.AreEqual(model.ClassNames[Array.IndexOf(scores, sorted[line])], rows[line][1]);
            Assert.AreEqual(energy[0], double.Parse(rows[line][3], CultureInfo.InvariantCulture), 1e-4 * Math.Abs(energy[0]));
        }

        Assert.HasCount(4, Rows(Run(["--ood", "--top", "99", InFolder("model.safetensors"), InFolder("a.ppm")]).Output));
        Assert.AreEqual(-sorted[0], double.Parse(Rows(Run(["--ood", InFolder("model.safetensors"), InFolder("a.ppm")]).Output)[0][3], CultureInfo.InvariantCulture), 1e-5);
    }

    [TestMethod]
    public void AGreyModel_ReadsColourImages()
    {
        var model = SaveModel(channels: 1);
        SaveImage("a.ppm", 1);
        var (code, output, errors) = Run([InFolder("model.safetensors"), InFolder("a.ppm")]);
        Assert.AreEqual(0, code, errors);
        Assert.Contains(Rows(output)[0][1], model.ClassNames);
    }

    [TestMethod]
    public void ABadImage_IsReportedAndTheOthersAreScored()
    {
        SaveModel(channels: 3);
        SaveImage("a.ppm", 1);
        File.WriteAllText(InFolder("b.png"), "no image");
        var (code, output, errors) = Run([InFolder("model.safetensors"), InFolder("b.png"), InFolder("missing.png"), _folder, InFolder("a.ppm")]);
        Assert.AreEqual(1, code);
        Assert.HasCount(1, Rows(output));
        string[] lines = errors.TrimEnd().Split('\n');
        Assert.HasCount(3, lines);
        Assert.Contains($"'{InFolder("b.png")}' cannot be read: it is no PNG", lines[0]);
        Assert.Contains("There is no image file", lines[1]);
        Assert.Contains("is a folder", lines[2]);
    }

    [TestMethod]
    public void ABadModel_IsAnErrorOfOneLine()
    {
        SaveImage("a.ppm", 1);
        File.WriteAllBytes(InFolder("model.zip"), [(byte)'P', (byte)'K', 3, 4, .. new byte[40]]);
        foreach (var (name, expected) in new[] { ("model.zip", "randprune export"), ("a.ppm", "a.ppm"), ("none", "none") })
        {
            var (code, output, errors) = Run([InFolder(name), InFolder("a.ppm")]);
            Assert.AreEqual(1, code);
            Assert.AreEqual("", output);
            Assert.Contains(expected, errors);
            Assert.HasCount(1, errors.TrimEnd().Split('\n'));
        }

        SaveModel(channels: 2);
        Assert.Contains("2 channels", Run([InFolder("model.safetensors"), InFolder("a.ppm")]).Errors);
    }

    [TestMethod]
    public void ACommandLineThatIsWrong_EndsWithCode2()
    {
        foreach (var (args, expected) in new (string[], string)[]
        {
            ([], "no model"), (["model"], "no image"), (["--benchmark"], "no model"), (["--fast", "model", "image"], "'--fast' is no option"),
            (["--top"], "--top has no value"), (["--top", "0", "m", "i"], "--top is '0'"), (["--top", "1.5", "m", "i"], "--top is '1.5'"),
            (["--seconds", "NaN", "m"], "--seconds is 'NaN'"), (["--ood=Nothing", "m", "i"], "'Nothing' is not a known"), (["--threads", "x", "m"], "--threads is 'x'"),
        })
        {
            var (code, output, errors) = Run(args);
            Assert.AreEqual(2, code);
            Assert.AreEqual("", output);
            Assert.Contains(expected, errors);
            Assert.Contains("--help", errors);
        }

        var help = Run(["--help"]);
        Assert.AreEqual(0, help.Code);
        Assert.Contains("Usage: standalone-scoring", help.Output);
    }

    [TestMethod]
    public void TimeAndBenchmark_SayHowLongItTook()
    {
        SaveModel(channels: 3);
        SaveImage("a.ppm", 1);
        Assert.Contains("first image scored after", Run(["--time", InFolder("model.safetensors"), InFolder("a.ppm")]).Errors);
        foreach (string[] images in new string[][] { [], [InFolder("a.ppm")] })
        {
            var (code, output, errors) = Run(["--benchmark", "--seconds", "0.05", InFolder("model.safetensors"), .. images]);
            Assert.AreEqual(0, code, errors);
            Assert.HasCount(2, Rows(output));
            Assert.Contains("images/s", output);
        }
    }

    private static (int Code, string Output, string Errors) Run(string[] args)
    {
        using StringWriter output = new(), errors = new();
        int code = App.Run(args, output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    private static string[][] Rows(string output) => [.. output.TrimEnd().Split('\n').Select(line => line.TrimEnd('\r').Split('\t'))];

    private string InFolder(string name) => Path.Combine(_folder, name);

    private TrainedModel SaveModel(int channels)
    {
        var network = ResNet.Parse("ResNet-8-2").Build(new ImageShape(channels, 12, 16), 4);
        var state = WeightInitializer.KaimingNormal.Create(MaskGenerator.Generate(network, "ERK", 0.5, 3), seed: 3);
        var normalization = new PixelNormalization([.. Normalization.Mean.Take(channels)], [.. Normalization.StandardDeviation.Take(channels)]);
        var model = new TrainedModel(state, normalization, ["first", "second", "third", "fourth"]);
        model.Save(InFolder("model.safetensors"));
        return model;
    }

    /// <summary>Writes an image of the model's size; gives its planes.</summary>
    private byte[] SaveImage(string name, int seed)
    {
        var pixels = new byte[12 * 16 * 3];
        new Random(seed).NextBytes(pixels);
        File.WriteAllBytes(InFolder(name), [.. "P6 16 12 255\n"u8, .. pixels]);
        return [.. Enumerable.Range(0, 3).SelectMany(channel => Enumerable.Range(0, 12 * 16).Select(pixel => pixels[pixel * 3 + channel]))];
    }
}

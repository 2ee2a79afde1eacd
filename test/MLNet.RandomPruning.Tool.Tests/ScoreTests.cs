using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Data;

namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
public class ScoreTests
{
    [TestMethod]
    public void AnImageFileScoresAsItsPixelsDo()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]);
        const int Count = 5;
        var images = CifarFiles.Load(SmallCifar.Shared, CifarSplit.Test);
        string[] files = [.. Enumerable.Range(0, Count).Select(index => Save(images, index, folder[$"image {index}.{(index % 2 == 0 ? "png" : "bmp")}"]))];
        var json = Cli.RunJson(["score", "--model", model, .. files]);

        var mlContext = new MLContext();
        var scored = mlContext.Model.Load(model, out _).Transform(mlContext.Data.LoadFromCifarBinary(SmallCifar.Shared, CifarSplit.Test));
        float[][] expected = [.. scored.GetColumn<float[]>("Score")];
        string[] labels = [.. json.GetProperty("labels").EnumerateArray().Select(label => label.GetString()!)];
        CollectionAssert.AreEqual(images.ClassNames.ToArray(), labels);
        var predictions = json.GetProperty("predictions").EnumerateArray().ToArray();
        Assert.HasCount(Count, predictions);
        for (int index = 0; index < Count; index++)
        {
            Assert.AreEqual(files[index], predictions[index].GetProperty("file").GetString());
            float[] scores = Scores(predictions[index]);
            CollectionAssert.AreEqual(expected[index], scores);
            Assert.AreEqual(1, scores.Sum(), 1e-5);
            Assert.AreEqual(scores.Max(), predictions[index].GetProperty("probability").GetSingle());
            Assert.AreEqual(labels[Array.IndexOf(scores, scores.Max())], predictions[index].GetProperty("label").GetString());
        }
    }

    [TestMethod]
    public void AnImageOfAnotherSizeIsScaled()
    {
        // An image of one colour is the same at every size.
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.safetensors"]);
        string[] files = [.. new[] { (32, 32), (64, 64), (90, 40), (7, 11) }.Select(size => SmallImage.SaveColour(size.Item1, size.Item2, folder[$"{size.Item1}x{size.Item2}.png"]))];
        var predictions = Cli.RunJson(["score", "--model", model, .. files]).GetProperty("predictions").EnumerateArray().ToArray();
        foreach (var prediction in predictions)
        {
            float[] expected = Scores(predictions[0]), actual = Scores(prediction);
            for (int label = 0; label < expected.Length; label++)
            {
                Assert.AreEqual(expected[label], actual[label], 1e-4f);
            }
        }
    }

    [TestMethod]
    public void PrintsATableForPeople()
    {
        using var folder = new TestFolder();
        string file = SmallImage.SaveColour(32, 32, folder["[a] cat.png"]);
        var result = Cli.Run("score", file, "--model", SmallModel.Train(folder["model.zip"]));
        Assert.AreEqual(0, result.Code, result.Error);
        StringAssert.Contains(result.Out, "[a] cat.png");
        StringAssert.Contains(result.Out, " %");
    }

    [TestMethod]
    public void ABadImageIsNamed()
    {
        using var folder = new TestFolder();
        string model = SmallModel.Train(folder["model.zip"]), good = SmallImage.SaveColour(32, 32, folder["good.png"]);
        File.WriteAllText(folder["text.png"], "not an image");
        File.WriteAllBytes(folder["cut.png"], File.ReadAllBytes(good)[..40]);
        File.WriteAllBytes(folder["empty.png"], []);
        File.WriteAllBytes(folder["cut.bmp"], File.ReadAllBytes(SmallImage.SaveColour(32, 32, folder["whole.bmp"]))[..^1]);
        string[] bad = [folder["text.png"], folder["cut.png"], folder["cut.bmp"], folder["empty.png"], folder["none.png"], folder.Path];
        foreach (string file in bad)
        {
            StringAssert.Contains(Cli.RunFailing(1, "score", "--model", model, good, file, "--json"), file);
        }

        var result = Cli.Run(["score", "--model", model, "--skip-bad", "--json", .. bad, good]);
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.AreEqual(good, result.Json.GetProperty("predictions").EnumerateArray().Single().GetProperty("file").GetString());
        string[] warnings = result.Error.Trim().Split('\n');
        Assert.HasCount(bad.Length, warnings);
        for (int index = 0; index < bad.Length; index++)
        {
            StringAssert.StartsWith(warnings[index], "warning: ");
            StringAssert.Contains(warnings[index], bad[index]);
        }
    }

    private static string Save(ImageSet images, int index, string file)
    {
        var pixels = images.Image(index);
        int plane = images.Shape.PlaneSize;
        var rgba = new byte[4 * plane];
        for (int at = 0; at < plane; at++)
        {
            rgba[4 * at] = pixels[at];
            rgba[(4 * at) + 1] = pixels[plane + at];
            rgba[(4 * at) + 2] = pixels[(2 * plane) + at];
            rgba[(4 * at) + 3] = 255;
        }

        return SmallImage.Save(images.Shape.Width, images.Shape.Height, rgba, file);
    }

    private static float[] Scores(JsonElement prediction) => [.. prediction.GetProperty("scores").EnumerateArray().Select(score => score.GetSingle())];
}

namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
public class CifarTests
{
    private static readonly string[] Small = ["--network", "ResNet-8-4", "--sparsity", "0.5", "--epochs", "1", "--batch", "32"];

    [TestMethod]
    public void TrainsOnAFolder()
    {
        using var folder = new TestFolder();
        string data = SmallCifar.Write10(folder["cifar"]);
        var json = Cli.RunJson(["train", "--data", data, .. Small, "--out", folder["model.zip"]]);
        Assert.AreEqual(108, json.GetProperty("trainingImages").GetInt32());
        Assert.AreEqual(12, json.GetProperty("validationImages").GetInt32());
        Assert.AreEqual(SmallCifar.PerFile, json.GetProperty("testImages").GetInt32());

        var evaluated = Cli.RunJson("evaluate", "--model", folder["model.zip"], "--data", data);
        Assert.AreEqual(json.GetProperty("testAccuracy").GetDouble(), evaluated.GetProperty("accuracy").GetDouble());
        CollectionAssert.AreEqual(
            Enumerable.Range(0, 10).Select(SmallCifar.ClassName).ToArray(),
            evaluated.GetProperty("classes").EnumerateArray().Select(row => row.GetProperty("label").GetString()).ToArray());
        Assert.AreEqual(120, Cli.RunJson("evaluate", "--model", folder["model.zip"], "--data", data, "--split", "train").GetProperty("count").GetInt32());
        Assert.AreEqual(
            SmallCifar.PerFile, Cli.RunJson("evaluate", "--model", folder["model.zip"], "--data", Path.Combine(data, "data_batch_2.bin")).GetProperty("count").GetInt32());

        // Names of other classes under the same numbers: the accuracy would be of nothing.
        string error = Cli.RunFailing(1, "evaluate", "--model", folder["model.zip"], "--data", "generated");
        StringAssert.Contains(error, "'kind0'");
    }

    [TestMethod]
    public void HoldsOutTheLastImagesOfThoseThatAreUsed()
    {
        // Of the first 60 images, kind 9 is in the last tenth and nowhere else; what comes after is not looked at.
        using var folder = new TestFolder();
        string data = SmallCifar.Write10(folder["cifar"], index => index >= 54 ? 9 : index % 9);
        var result = Cli.Run(["train", "--data", data, .. Small, "--subset", "60", "--no-test", "--out", folder["model.zip"]]);
        Assert.AreEqual(0, result.Code, result.Error);
        StringAssert.Contains(result.Error, "on 54 images");
        StringAssert.Contains(result.Error, "warning: There are no training images of 'kind9'");
    }

    [TestMethod]
    public void TrainsOnAHundredClasses()
    {
        using var folder = new TestFolder();
        string data = SmallCifar.Write100(folder["cifar"]);
        var json = Cli.RunJson(["train", "--data", data, .. Small, "--out", folder["model.zip"]]);
        Assert.AreEqual(100, json.GetProperty("testImages").GetInt32());
        Assert.AreEqual(100, Cli.RunJson("evaluate", "--model", folder["model.zip"], "--data", data).GetProperty("confusionMatrix").GetArrayLength());
    }

    [TestMethod]
    public void ASingleFileHasNoTestImages()
    {
        using var folder = new TestFolder();
        string data = SmallCifar.Write10(folder["cifar"]);
        var json = Cli.RunJson(["train", "--data", Path.Combine(data, "data_batch_1.bin"), .. Small, "--out", folder["model.zip"]]);
        Assert.AreEqual(0, json.GetProperty("testImages").GetInt32());
        Assert.AreEqual(SmallCifar.PerFile, json.GetProperty("trainingImages").GetInt32() + json.GetProperty("validationImages").GetInt32());
    }

    [TestMethod]
    [DataRow("data_batch_3.bin")]
    [DataRow("test_batch.bin")]
    public void ATruncatedFileIsNamedBeforeTraining(string name)
    {
        using var folder = new TestFolder();
        string data = SmallCifar.Write10(folder["cifar"]);
        using (var file = File.OpenWrite(Path.Combine(data, name)))
        {
            file.SetLength(file.Length - 100);
        }

        var result = Cli.Run(["train", "--data", data, .. Small, "--out", folder["model.zip"]]);
        Assert.AreEqual(1, result.Code);
        Assert.AreEqual("", result.Out);
        Assert.HasCount(1, result.Error.Trim().Split('\n'));
        StringAssert.StartsWith(result.Error, "error: ");
        StringAssert.Contains(result.Error, name);
        StringAssert.Contains(result.Error, "truncated");
        Assert.IsFalse(File.Exists(folder["model.zip"]));
    }

    [TestMethod]
    public void MissingImagesAreNamed()
    {
        using var folder = new TestFolder();
        string data = SmallCifar.Write10(folder["cifar"]);
        StringAssert.Contains(Cli.RunFailing(1, ["train", "--data", folder["nowhere"], .. Small, "--out", folder["model.zip"]]), folder["nowhere"]);
        StringAssert.Contains(Cli.RunFailing(2, ["train", "--data", data, .. Small, "--subset", "121", "--out", folder["model.zip"]]), "from 1 to 120");
        File.Delete(Path.Combine(data, "test_batch.bin"));
        StringAssert.Contains(Cli.RunFailing(1, ["train", "--data", data, .. Small, "--out", folder["model.zip"]]), "test_batch.bin");
        Cli.RunJson(["train", "--data", data, .. Small, "--no-test", "--out", folder["model.zip"]]);
    }
}

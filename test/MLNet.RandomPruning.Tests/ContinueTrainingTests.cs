using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tests;

/// <summary>Training goes on from a trained model, with its network, masks and normalisation.</summary>
[TestClass]
public sealed class ContinueTrainingTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void AModelIsTrainedOnWithItsMasks()
    {
        var data = Keyed(ColourImages.Rows(90));
        var options = ColourImages.Options(epochs: 2);
        options.Sparsity = 0.7;
        options.Normalization = new PixelNormalization([0.4f, 0.5f, 0.6f], [0.2f, 0.25f, 0.3f]);
        var first = Trainer(options).Fit(data);
        byte[] before = ColourImages.Bytes(first);

        // Nothing of this says anything about the network: all of it is the model's.
        var more = ColourImages.Options(epochs: 3);
        (more.Network, more.Sparsity, more.Seed) = ("ResNet-20-16", 0.1, 77);
        var second = Trainer(more).Fit(data, first.Model);

        Assert.AreEqual("ResNet-8-4", second.Model.Network.Name);
        MaskStageTests.AssertSame(first.Model.Mask, second.Model.Mask);
        Assert.AreEqual(first.Model.Mask.Origin, second.Model.Mask.Origin);
        CollectionAssert.AreEqual(first.Model.Normalization.Mean.ToArray(), second.Model.Normalization.Mean.ToArray());
        CollectionAssert.AreEqual(new[] { 1, 2, 3, 4, 5 }, second.Model.History.Select(epoch => epoch.Epoch).ToArray());
        Assert.AreEqual(first.Model.History[1].TrainLoss, second.Model.History[1].TrainLoss);
        Assert.IsLessThan(first.Model.History[0].TrainLoss, second.Model.History[2].TrainLoss);
        CollectionAssert.AreNotEqual(first.Model.State["conv.weight"], second.Model.State["conv.weight"]);
        CollectionAssert.AreEqual(before, ColourImages.Bytes(first), "the first model has changed");

        more.InitialModel = first.Model;
        CollectionAssert.AreEqual(ColourImages.Bytes(second), ColourImages.Bytes(Trainer(more).Fit(data)));
    }

    [TestMethod]
    public void AStepOfNoLengthLeavesTheWeightsAsTheyWere()
    {
        var data = Keyed(ColourImages.Rows(60));
        var first = Trainer(ColourImages.Options()).Fit(data);
        var options = ColourImages.Options();
        options.LearningRate = 1e-12;
        var second = Trainer(options).Fit(data, first.Model);

        foreach (var (before, after) in first.Model.State.Tensors.Zip(second.Model.State.Tensors).Where(pair => pair.First.IsTrainable))
        {
            for (int index = 0; index < before.Values.Length; index++)
            {
                Assert.AreEqual(before.Values[index], after.Values[index], 1e-6f, before.Name);
            }
        }
    }

    [TestMethod]
    public void AModelOfAFileIsTrainedOnAndValidated()
    {
        var first = Trainer(ColourImages.Options()).Fit(Keyed(ColourImages.Rows(60)));
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            first.Model.Save(path);
            var second = Trainer(ColourImages.Options(epochs: 2)).Fit(Keyed(ColourImages.Rows(60, seed: 2)), Keyed(ColourImages.Rows(30, seed: 3)), TrainedModel.Load(path));
            Assert.HasCount(3, second.Model.History);
            Assert.IsNull(second.Model.History[0].ValidationAccuracy);
            Assert.IsNotNull(second.Model.History[2].ValidationAccuracy);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void AMaskColumnReplacesTheModelsMasks()
    {
        var data = Keyed(ColourImages.Rows(60));
        var options = ColourImages.Options();
        options.Sparsity = 0;
        var dense = Trainer(options).Fit(data);
        var stage = _mlContext.Transforms.GenerateRandomMask(network: "ResNet-8-4", sparsity: 0.6, seed: 9).Fit(data);
        var sparse = ColourImages.Options();
        sparse.MaskColumnName = "Mask";
        sparse.LearningRate = 1e-12;
        var pruned = Trainer(sparse).Fit(stage.Transform(data), dense.Model).Model;

        MaskStageTests.AssertSame(stage.Masks, pruned.Mask);
        int[] kept = pruned.Mask["blocks.0.conv1"].KeptIndices();
        for (int index = 0; index < kept.Length; index++)
        {
            Assert.AreEqual(dense.Model.State["blocks.0.conv1.weight"][kept[index]], pruned.State["blocks.0.conv1.weight"][index], 1e-6f);
        }
    }

    [TestMethod]
    public void OtherClassesAreRefused()
    {
        var first = Trainer(ColourImages.Options()).Fit(Keyed(ColourImages.Rows(30))).Model;
        var otherOrder = Keyed(ColourImages.Rows(30).Reverse());
        var error = Assert.ThrowsExactly<ArgumentException>(() => Trainer(ColourImages.Options()).Fit(otherOrder, first));
        StringAssert.Contains(error.Message, "value 1 stands for 'blue', but class 1 of the model to go on with is 'red'");

        error = Assert.ThrowsExactly<ArgumentException>(() => Trainer(ColourImages.Options()).Fit(Keyed(ColourImages.Rows(2)), first));
        StringAssert.Contains(error.Message, "a key with 2 values, but the model to go on with tells 3 classes apart");
    }

    [TestMethod]
    public void OtherImagesAreRefused()
    {
        var first = Trainer(ColourImages.Options()).Fit(Keyed(ColourImages.Rows(30))).Model;
        var data = _mlContext.Data.LoadFromGeneratedImages(20);
        var masks = NetworkMask.Dense(ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), GeneratedImages.ClassNames.Count));
        var small = new TrainedModel(WeightInitializer.KaimingNormal.Create(masks, seed: 1), first.Normalization, GeneratedImages.ClassNames);
        var error = Assert.ThrowsExactly<ArgumentException>(() => Trainer(ColourImages.Options()).Fit(data, small));
        StringAssert.Contains(error.Message, "'Features'");
        StringAssert.Contains(error.Message, "3×8×8");
    }

    [TestMethod]
    public void ValidationDataOfTheCallerGoesBeforeThatOfTheOptions()
    {
        var data = Keyed(ColourImages.Rows(60));
        var options = ColourImages.Options();
        options.ValidationSet = Keyed(ColourImages.Rows(30, seed: 2));
        Assert.IsNotNull(Trainer(options).Fit(data, validationData: null).Model.History[0].ValidationAccuracy);
        Assert.AreNotEqual(
            Trainer(options).Fit(data).Model.History[0].ValidationLoss, Trainer(options).Fit(data, Keyed(ColourImages.Rows(30, seed: 3))).Model.History[0].ValidationLoss);
    }

    private IDataView Keyed(IEnumerable<PixelRow> rows)
    {
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        return _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private RandomPrunedResNetTrainer Trainer(RandomPrunedResNetTrainer.Options options) => _mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(options);
}

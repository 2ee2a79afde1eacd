using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tests;

/// <summary>A row of pixels [channel][row][column] with a label.</summary>
public class PixelRow
{
    [VectorType(3, 8, 8)]
    public byte[] Features { get; set; } = [];

    public string Label { get; set; } = "";
}

/// <summary>What scoring adds.</summary>
public class Prediction
{
    public float[] Score { get; set; } = [];

    public string PredictedLabel { get; set; } = "";
}

/// <summary>What scoring adds, with the predicted label as a key.</summary>
public class KeyPrediction
{
    public float[] Score { get; set; } = [];

    [KeyType(3)]
    public uint PredictedLabel { get; set; }
}

/// <summary>
/// Noisy 8×8 images in which one of three colours is brighter than the others: learned in a moment by the smallest network.
/// </summary>
public static class ColourImages
{
    public const int Side = 8;
    public const int Size = 3 * Side * Side;

    public static readonly string[] Names = ["red", "green", "blue"];

    public static PixelRow[] Rows(int count, int seed = 1)
    {
        var random = new Random(seed);
        var rows = new PixelRow[count];
        for (int i = 0; i < count; i++)
        {
            int label = i % Names.Length;
            var pixels = new byte[Size];
            for (int at = 0; at < Size; at++)
            {
                pixels[at] = (byte)(random.Next(120) + (at / (Side * Side) == label ? 110 : 0));
            }

            rows[i] = new PixelRow { Features = pixels, Label = Names[label] };
        }

        return rows;
    }

    /// <summary>Options that train the smallest network for a moment.</summary>
    public static RandomPrunedResNetTrainer.Options Options(int epochs = 1) => new()
    {
        Network = "ResNet-8-4",
        Sparsity = 0.5,
        Epochs = epochs,
        BatchSize = 32,
        LearningRate = 0.05,
        Seed = 5,
        LearningRateSchedule = new ConstantSchedule(),
        Augmentation = new Augmentation(padding: 1),
        NumberOfThreads = 2,
    };

    /// <summary>Keys for labels, and the trainer.</summary>
    public static IEstimator<TransformerChain<RandomPrunedResNetTransformer>> Pipeline(MLContext mlContext, RandomPrunedResNetTrainer.Options? options = null) =>
        mlContext.Transforms.Conversion.MapValueToKey("Label").Append(mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(options ?? Options()));

    /// <summary>The scores of all rows.</summary>
    public static float[][] Scores(MLContext mlContext, IDataView scored) =>
        [.. mlContext.Data.CreateEnumerable<ScoreOnly>(scored, reuseRowObject: false).Select(row => row.Score)];

    /// <summary>The bytes of a trained model's file.</summary>
    public static byte[] Bytes(RandomPrunedResNetTransformer transformer)
    {
        using var stream = new MemoryStream();
        transformer.Model.Save(stream);
        return stream.ToArray();
    }

    public static void AssertSame(float[][] expected, float[][] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (int row = 0; row < expected.Length; row++)
        {
            CollectionAssert.AreEqual(expected[row], actual[row], $"row {row}");
        }
    }

    private sealed class ScoreOnly
    {
        public float[] Score { get; set; } = [];
    }
}

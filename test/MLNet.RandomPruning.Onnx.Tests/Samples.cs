using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Onnx.Tests.Format;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Onnx.Tests;

/// <summary>Models with random weights, images, and all ways to export.</summary>
internal static class Samples
{
    /// <summary>Every combination of the options that are on or off.</summary>
    public static IEnumerable<OnnxExportOptions> AllOptions =>
        from bits in Enumerable.Range(0, 32)
        select new OnnxExportOptions
        {
            PixelType = (bits & 1) == 0 ? OnnxPixelType.Byte : OnnxPixelType.Float,
            InterleavedColors = (bits & 2) != 0,
            KeepBatchNorm = (bits & 4) != 0,
            SparseInitializers = (bits & 8) != 0,
            Int8Weights = (bits & 16) != 0,
        };

    public static string Describe(OnnxExportOptions options) =>
        $"{options.PixelType}{(options.InterleavedColors == true ? ", interleaved" : "")}{(options.KeepBatchNorm ? ", batch-norm kept" : "")}{(options.SparseInitializers ? ", sparse" : "")}{(options.Int8Weights ? ", int8" : "")}";

    public static NetworkMask Mask(string name = "ResNet-8-4", int channels = 3, int height = 12, int width = 9, int classes = 5, double sparsity = 0.9, string granularity = "unstructured", string ratio = "ERK", long seed = 7) =>
        MaskGenerator.Generate(ResNet.Parse(name).Build(new ImageShape(channels, height, width), classes), ratio, sparsity, seed, granularity: granularity);

    /// <summary>A model in which no tensor has its neutral value, and some batch-norm factors are negative or zero.</summary>
    public static TrainedModel Model(NetworkMask? mask = null, int seed = 1)
    {
        mask ??= Mask();
        var random = new Random(seed);
        var state = new NetworkState(mask);
        foreach (var tensor in state.Tensors)
        {
            double spread = tensor.Layer is WeightLayer layer ? Math.Sqrt(6 / (layer.FanIn * Math.Max(mask[layer.Name].Density, 1.0 / layer.FanIn))) : 0;
            for (int index = 0; index < tensor.Values.Length; index++)
            {
                double uniform = random.NextDouble() * 2 - 1;
                tensor.Values[index] = (float)(tensor.Kind switch
                {
                    StateTensorKind.Weight => uniform * spread,
                    StateTensorKind.Scale => index == 1 ? 0 : uniform < -0.7 ? uniform : 1 + 0.5 * uniform,
                    StateTensorKind.RunningVariance => 1 + 0.9 * uniform,
                    _ => 0.5 * uniform,
                });
            }
        }

        int channels = mask.Network.InputShape.Channels;
        return new TrainedModel(
            state, new PixelNormalization([.. Enumerable.Range(0, channels).Select(c => 0.4f + 0.05f * c)], [.. Enumerable.Range(0, channels).Select(c => 0.2f + 0.03f * c)]),
            [.. Enumerable.Range(0, mask.Network.ClassCount).Select(index => $"class {index}")]);
    }

    /// <summary>The model as it comes back from its own file with 8-bit weights.</summary>
    public static TrainedModel Rounded(TrainedModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream, ModelPrecision.Int8);
        stream.Position = 0;
        return TrainedModel.Load(stream);
    }

    /// <summary>Random images, [image][channel][row][column].</summary>
    public static byte[] Images(ImageShape shape, int count, int seed = 3)
    {
        byte[] pixels = new byte[count * shape.Size];
        new Random(seed).NextBytes(pixels);
        return pixels;
    }

    /// <summary>Images as a graph of these options reads them.</summary>
    public static Tensor Pixels(byte[] images, ImageShape shape, OnnxExportOptions options)
    {
        int count = images.Length / shape.Size;
        double minimum = options.PixelMinimum ?? 0, span = (options.PixelMaximum ?? 255) - minimum;
        double ValueOf(byte pixel) => options.PixelType == OnnxPixelType.Byte ? pixel : (float)(minimum + pixel / 255.0 * span);
        int type = options.PixelType == OnnxPixelType.Byte ? Tensor.Uint8 : Tensor.Float;
        if (options.InterleavedColors != true)
        {
            return new(type, [count, shape.Channels, shape.Height, shape.Width], [.. images.Select(ValueOf)]);
        }

        var values = new double[images.Length];
        for (int index = 0; index < values.Length; index++)
        {
            int image = index / shape.Size, place = index % shape.Size / shape.Channels, channel = index % shape.Channels;
            values[index] = ValueOf(images[image * shape.Size + channel * shape.PlaneSize + place]);
        }

        return new(type, [count, shape.Height, shape.Width, shape.Channels], values);
    }

    /// <summary>What this library's predictor says to images, [image][class].</summary>
    public static float[][] Logits(TrainedModel model, byte[] images)
    {
        var shape = model.Network.InputShape;
        var logits = new float[images.Length / shape.Size * model.Network.ClassCount];
        using var predictor = new SparsePredictor(model.State, model.Normalization);
        predictor.Predict(new PixelBatch(shape, images.Select(pixel => pixel / 255f).ToArray()), logits);
        return [.. logits.Chunk(model.Network.ClassCount)];
    }

    public static byte[] Export(TrainedModel model, OnnxExportOptions? options = null)
    {
        using var stream = new MemoryStream();
        model.ExportToOnnx(stream, options);
        return stream.ToArray();
    }
}

using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Fuzz.Corpus;

/// <summary>Files of trained models.</summary>
internal class ModelTarget : FuzzTarget
{
    // Predicting takes memory by the size of the images, which the file only names: nobody predicts images that are not there.
    private const int LargestPlane = 64 * 64, LargestChannels = 64;

    public override string Name => "model";

    public override object Load(Stream stream) => TrainedModel.Load(stream);

    public override string? Difference(object left, object right) => ModelComparison.Difference((TrainedModel)left, (TrainedModel)right);

    public override string? Fault(object loaded, bool use)
    {
        var model = (TrainedModel)loaded;
        if (StateFault(model.State) is { } fault)
        {
            return fault;
        }

        byte[] saved = Save(model);
        var again = TrainedModel.Load(new MemoryStream(saved));
        if (ModelComparison.Difference(model, again) is { } difference)
        {
            return $"saved and loaded again, {difference}";
        }

        TrainedModel.Load(new MemoryStream(Save(model, model.Precision)));
        return !saved.AsSpan().SequenceEqual(Save(again)) ? "saved twice, the bytes differ" : use ? PredictionFault(model) : null;
    }

    public override byte[]? FileOf(object loaded) => Save((TrainedModel)loaded, ((TrainedModel)loaded).Precision);

    public static byte[] Save(TrainedModel model, ModelPrecision precision = ModelPrecision.Float32)
    {
        using var stream = new MemoryStream();
        model.Save(stream, precision);
        return stream.ToArray();
    }

    /// <summary>What is wrong with the numbers of a state.</summary>
    public static string? StateFault(NetworkState state)
    {
        foreach (var tensor in state.Tensors)
        {
            if (!Array.TrueForAll(tensor.Values, float.IsFinite))
            {
                return $"tensor '{tensor.Name}' has a value that is not finite";
            }

            if (tensor.Kind == StateTensorKind.RunningVariance && Array.Exists(tensor.Values, value => value < 0))
            {
                return $"tensor '{tensor.Name}' has a negative variance";
            }

            if (tensor.Kind == StateTensorKind.Weight && tensor.Values.Length != state.Mask[tensor.Layer.Name].KeptIndices().Length)
            {
                return $"tensor '{tensor.Name}' has other values than its mask keeps";
            }
        }

        return null;
    }

    // Huge weights may give logits that are no numbers; but every logit is written, and the model stays as it was.
    private static string? PredictionFault(TrainedModel model)
    {
        var shape = model.Network.InputShape;
        if ((long)shape.Height * shape.Width > LargestPlane || shape.Channels > LargestChannels)
        {
            return null;
        }

        const int Images = 3;
        float[] pixels = [.. Enumerable.Range(0, Images * shape.Size).Select(index => index % 7 / 6f)];
        float[] logits = new float[Images * model.Network.ClassCount];
        const float NotWritten = 12345.678f;
        Array.Fill(logits, NotWritten);
        using var predictor = new SparsePredictor(model.State, model.Normalization);
        predictor.Predict(new PixelBatch(shape, pixels), logits);
        return Array.Exists(logits, logit => logit == NotWritten) ? "a logit is not written" : null;
    }
}

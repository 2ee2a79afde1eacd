using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Models;

/// <summary>A trained model as the state dictionary of the reference network in PyTorch: all weights, with zeros where they are pruned.</summary>
internal static class SafetensorsExport
{
    /// <summary>What a batch-norm layer of PyTorch counts beside its statistics; with a given momentum nothing reads it.</summary>
    public const string BatchCountSuffix = "num_batches_tracked";

    // The libraries that read safetensors files into PyTorch ask for this format.
    private const string FormatKey = "format", Format = "pt";

    public static SafetensorsWriter Write(TrainedModel model)
    {
        NetworkStateSerializer.ThrowIfNotFinite(model.State, prefix: "");
        var writer = new SafetensorsWriter();
        writer.AddMetadata(FormatKey, Format);
        writer.AddMetadata(ModelMetadata.NetworkKey, model.Network.Name);
        ModelMetadata.WriteInputShape(writer, model.Network.InputShape);
        ModelMetadata.WriteClassNames(writer, model.ClassNames);
        ModelMetadata.WriteNormalization(writer, model.Normalization);
        if (model.Mask.RemovesChannels)
        {
            writer.AddMetadata(ModelMetadata.RemovesChannelsKey, "true");
        }

        var dense = new DenseTensors(model.Mask);
        foreach (var tensor in model.State.Tensors)
        {
            writer.Add(tensor.Name, DenseTensors.ShapeOf(tensor.Layer, tensor.Kind), () => dense.Expand(tensor));
            if (tensor.Kind == StateTensorKind.RunningVariance)
            {
                writer.Add($"{tensor.Layer.Name}.{BatchCountSuffix}", [], new long[1]);
            }
        }

        return writer;
    }
}

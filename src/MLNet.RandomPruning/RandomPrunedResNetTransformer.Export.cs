using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Onnx;

namespace MLNet.RandomPruning;

public sealed partial class RandomPrunedResNetTransformer
{
    /// <summary>
    /// Writes the network as an ONNX model, for ONNX Runtime and others: from pixels to <c>Score</c>, <c>Logits</c> and
    /// <c>PredictedLabel</c>, for any number of images at once. What other steps of a pipeline do is not in it.
    /// </summary>
    /// <param name="stream">Takes the file.</param>
    /// <param name="options">
    /// The form; null for the usual one. What it leaves open of float pixels, their range and the order of colours, is as this transformer reads
    /// them. Not changed.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range, or options do not go together.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var model = mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-20-16", sparsity: 0.9).Fit(train);
    /// model.ExportToOnnx("model.onnx");
    /// ]]></code>
    /// </example>
    public void ExportToOnnx(Stream stream, OnnxExportOptions? options = null) => Model.ExportToOnnx(stream, Completed(options));

    /// <summary>Writes the network as an ONNX model to a file, which appears under its name only when it is whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The form; null for the usual one.</param>
    /// <exception cref="ArgumentException">An option is out of range, or options do not go together.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the reason.</exception>
    /// <inheritdoc cref="ExportToOnnx(Stream, OnnxExportOptions?)" path="/example"/>
    public void ExportToOnnx(string path, OnnxExportOptions? options = null) => Model.ExportToOnnx(path, Completed(options));

    /// <summary>
    /// Writes the network's dense weights, pruned ones as zeros, under the names and shapes of the reference network: in PyTorch,
    /// <c>net.load_state_dict(safetensors.torch.load_file(path))</c> reads them. <see cref="TrainedModel.ImportSafetensors(string, SafetensorsImportOptions?)"/> is the way back.
    /// </summary>
    /// <param name="stream">Takes the file.</param>
    public void ExportSafetensors(Stream stream) => Model.ExportSafetensors(stream);

    /// <summary>Writes the network's dense weights for PyTorch to a file, which appears under its name only when it is whole.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the reason.</exception>
    public void ExportSafetensors(string path) => Model.ExportSafetensors(path);

    private OnnxExportOptions Completed(OnnxExportOptions? options)
    {
        var pixels = _scorer.Columns.Pixels;
        options ??= new OnnxExportOptions();
        return options with
        {
            PixelMinimum = options.PixelMinimum ?? pixels.Minimum,
            PixelMaximum = options.PixelMaximum ?? pixels.Maximum,
            InterleavedColors = options.InterleavedColors ?? pixels.Interleaved,
        };
    }
}

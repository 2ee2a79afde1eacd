using System.Reflection;
using Google.Protobuf;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Onnx.Format;

namespace MLNet.RandomPruning.Onnx;

/// <summary>
/// Writes trained models as ONNX files, which ONNX Runtime and other runtimes score with. The graph reads images as they are and
/// normalises them itself.
/// <list type="bullet">
/// <item>Input <c>Pixels</c>: uint8 or float, [batch, channels, rows, columns], or with the channels last.</item>
/// <item>Output <c>Score</c>: float, [batch, classes], softmax probabilities.</item>
/// <item>Output <c>Logits</c>: float, [batch, classes].</item>
/// <item>Output <c>PredictedLabel</c>: int64, [batch], the index of the largest logit, the first of equal ones.</item>
/// </list>
/// The batch may have any size. The file's metadata holds the class names (<c>class_names</c>, a JSON list in the order of the indices),
/// the network, its sparsity and the pixel normalisation, and of masks that a seed makes the layer-wise ratio and the seed. Channels
/// that the masks take out of the network are not in the file. The same model and options give the same bytes.
/// </summary>
public static class OnnxExporter
{
    private const int IrVersion = 8, OperatorSetVersion = 17;

    /// <summary>Writes the model as an ONNX file (opset 17, IR version 8).</summary>
    /// <param name="model">The model.</param>
    /// <param name="stream">Takes the file; stays open.</param>
    /// <param name="options">What the network reads and how weights are stored; null for bytes, folded batch-norm and dense float weights.</param>
    /// <exception cref="ArgumentException">
    /// The options do not fit together, the stream cannot be written to, or a value of the model is not finite or becomes infinite when
    /// batch-norm is folded in; nothing is written.
    /// </exception>
    /// <exception cref="NotSupportedException">The network has a layer that the export has no operator for, or takes more than the 2 GiB that an ONNX file holds; nothing is written.</exception>
    public static void ExportToOnnx(this TrainedModel model, Stream stream, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite)
        {
            throw new ArgumentException("The stream cannot be written to.", nameof(stream));
        }

        Convert(model, options).WriteTo(stream);
    }

    /// <summary>
    /// Writes the model as an ONNX file (opset 17, IR version 8). It appears under its name only when it is whole; when writing fails, a
    /// file that was there before stays as it was.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file's path; its folder must exist.</param>
    /// <param name="options">What the network reads and how weights are stored; null for bytes, folded batch-norm and dense float weights.</param>
    /// <exception cref="ArgumentException">
    /// The options do not fit together, or a value of the model is not finite or becomes infinite when batch-norm is folded in;
    /// nothing is written.
    /// </exception>
    /// <exception cref="NotSupportedException">The network has a layer that the export has no operator for, or takes more than the 2 GiB that an ONNX file holds; nothing is written.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the reason.</exception>
    public static void ExportToOnnx(this TrainedModel model, string path, OnnxExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var file = Convert(model, options);
        AtomicFile.Write(path, "ONNX model", stream => file.WriteTo(stream));
    }

    private static ModelProto Convert(TrainedModel model, OnnxExportOptions? options)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new OnnxExportOptions();
        options.Validate(nameof(options));
        var file = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "MLNet.RandomPruning",
            ProducerVersion = Version(),
            DocString = ModelDescription.Summary(model),
            Graph = new NetworkConverter(model, options).Convert(),
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = OperatorSetVersion } },
        };
        file.MetadataProps.AddRange(ModelDescription.Properties(model).Select(property => new StringStringEntryProto { Key = property.Key, Value = property.Value }));
        return file;
    }

    // Without the commit: a model is to give the same bytes from every build of a version.
    private static string Version() =>
        typeof(OnnxExporter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
}

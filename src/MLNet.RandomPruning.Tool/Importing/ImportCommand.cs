using System.CommandLine;
using System.Globalization;
using System.Text;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Tool.Importing;

/// <summary><c>randprune import</c>: makes a model of weights that were trained elsewhere.</summary>
internal sealed class ImportCommand : ToolCommand
{
    private const string Summary = "Import weights that were trained elsewhere, a safetensors file of a ResNet-A-B, as a model to score with or to train on.";
    private const string HelpNotes = """
        Tensors are named as in the reference network (conv.weight, blocks.0.conv1.weight, ..., fc.bias), with or
        without a prefix that all share. A weight that is exactly zero is pruned. What 'randprune export --format
        safetensors' wrote says by itself what the options below are about; other files do not know how pixels were
        normalised, which must be said.

        Examples:
          randprune import --weights net.safetensors --normalization cifar-10 --out model.zip
          randprune import --weights net.safetensors --mean 0.5,0.5,0.5 --std 0.25,0.25,0.25 --labels names.txt --out model.zip
          randprune train --from model.zip --data cifar-10-batches-bin --epochs 5 --lr 0.01 --out tuned.zip
        """;

    private const string Cifar10 = "cifar-10", Cifar100 = "cifar-100";

    private readonly Option<string?> _weights = ValueOption.File("--weights", "The safetensors file.");
    private readonly Option<string?> _out = ValueOption.File("--out", "Where the model goes: an ML.NET model, or with the ending .safetensors the bare model file.");
    private readonly Option<string?> _network = new("--network") { Description = "The network. [default: by the names and shapes of the tensors]", HelpName = "ResNet-A-B" };
    private readonly Option<ImageShape> _inputSize = CommonOptions.InputSize();
    private readonly Option<string?> _labels = ValueOption.File("--labels", "A text file with the name of each class on a line of its own, in the order of the logits. [default: 0, 1, 2, ...]");
    private readonly Option<string?> _normalization = new("--normalization") { Description = "The usual normalisation of pixels for these images.", HelpName = $"{Cifar10}|{Cifar100}" };
    private readonly Option<string?> _mean = new("--mean") { Description = "The mean of each channel's pixels in [0, 1].", HelpName = "N,N,N" };
    private readonly Option<string?> _deviation = new("--std") { Description = "The standard deviation of each channel's pixels in [0, 1].", HelpName = "N,N,N" };
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly ToolOutput _output;

    public ImportCommand(ToolOutput output) : base("import", Summary, HelpNotes)
    {
        _output = output;
        _weights.Required = true;
        _out.Required = true;
        Option[] all = [_weights, _out, _network, _inputSize, _labels, _normalization, _mean, _deviation, _json];
        foreach (var option in all)
        {
            Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string weights = parsed.GetRequiredValue(_weights)!, path = parsed.GetRequiredValue(_out)!;
        if (Path.GetFullPath(path) == Path.GetFullPath(weights))
        {
            throw new UsageException($"{_out.Name} and {_weights.Name} are both '{path}'; name two files.");
        }

        AtomicFile.ThrowIfNotWritable(path, "model");
        var mlContext = ToolContext.Create(_output.WriteWarning);
        var options = new SafetensorsImportOptions
        {
            Network = parsed.GetValue(_network),
            InputShape = parsed.IsGiven(_inputSize) ? parsed.GetValue(_inputSize) : null,
            ClassNames = parsed.GetValue(_labels) is { } labels ? ReadLabels(labels) : null,
            Normalization = ReadNormalization(parsed),
        };
        var model = Usage.Check(() => TrainedModel.ImportSafetensors(weights, options));
        var network = model.ToTransformer(mlContext);
        var saved = ModelStore.Save(mlContext, ModelStore.Of(network), path);
        var report = model.Report;
        var result = new ImportResult(
            report.Network, report.Parameters, report.Kept, report.Sparsity, model.ClassNames, model.Normalization.Mean, model.Normalization.StandardDeviation,
            saved.Path, saved.Bytes, saved.Sha256);
        if (parsed.GetValue(_json))
        {
            _output.WriteJson(result);
        }
        else
        {
            var text = CultureInfo.InvariantCulture;
            _output.Out.WriteLine(string.Create(text, $"{report.Network} for images of {model.Network.InputShape} (channels×rows×columns) in {model.Network.ClassCount} classes: {report.Kept:N0} of {report.Parameters:N0} weights are not zero, {report.Sparsity:P1} sparse"));
            _output.Out.WriteLine(string.Create(text, $"saved {saved.Path}: {saved.Bytes:N0} bytes, SHA-256 {saved.Sha256}"));
        }

        return RandPrune.Success;
    }

    private PixelNormalization? ReadNormalization(ParseResult parsed)
    {
        string? name = parsed.GetValue(_normalization), mean = parsed.GetValue(_mean), deviation = parsed.GetValue(_deviation);
        if (name is not null)
        {
            return parsed.FirstGiven([_mean, _deviation]) is { } other
                ? throw new UsageException($"{_normalization.Name} and {other} both say how pixels are normalised; give one.")
                : name.ToLowerInvariant() switch
                {
                    Cifar10 => PixelNormalization.Cifar10,
                    Cifar100 => PixelNormalization.Cifar100,
                    _ => throw new UsageException($"{_normalization.Name} is '{name}', but must be one of {Cifar10}, {Cifar100}; {_mean.Name} and {_deviation.Name} take any numbers."),
                };
        }

        if (mean is null != deviation is null)
        {
            throw new UsageException($"{_mean.Name} and {_deviation.Name} go together; only one of them is given.");
        }

        return mean is null ? null : Usage.Check(() => new PixelNormalization(ReadNumbers(_mean.Name, mean), ReadNumbers(_deviation.Name, deviation!)));
    }

    private static float[] ReadNumbers(string option, string text) =>
    [
        .. text.Split(',').Select(part => float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)
            ? value
            : throw new UsageException($"{option} is '{text}', but must be a number for each channel, with commas between them.")),
    ];

    private static string[] ReadLabels(string path)
    {
        try
        {
            string[] lines = File.ReadAllLines(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            int last = Array.FindLastIndex(lines, line => line.Length > 0);
            return [.. lines.Take(last + 1).Select(line => line.Trim())];
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"There is no file of labels '{path}'.", path);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new IOException($"The labels '{path}' cannot be read: {(error is DecoderFallbackException ? "it is no UTF-8 text" : error.Message)}", error);
        }
    }
}

/// <summary>What <c>randprune import --json</c> prints.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Parameters">The number of weights when nothing is pruned.</param>
/// <param name="Kept">The number of weights that are not zero.</param>
/// <param name="Sparsity">The share of weights that are zero.</param>
/// <param name="Labels">The classes, in the order of the logits.</param>
/// <param name="Mean">The mean of each channel's pixels in [0, 1].</param>
/// <param name="StandardDeviation">Their standard deviation.</param>
/// <param name="ModelPath">The model's file.</param>
/// <param name="ModelBytes">The length of that file.</param>
/// <param name="ModelSha256">The SHA-256 of that file.</param>
internal sealed record ImportResult(
    string Network, long Parameters, long Kept, double Sparsity, IReadOnlyList<string> Labels, IReadOnlyList<float> Mean, IReadOnlyList<float> StandardDeviation,
    string ModelPath, long ModelBytes, string ModelSha256);

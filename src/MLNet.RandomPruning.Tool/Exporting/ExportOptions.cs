using System.CommandLine;
using System.Globalization;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Onnx;

namespace MLNet.RandomPruning.Tool.Exporting;

/// <summary>The options of <c>randprune export</c>.</summary>
internal sealed class ExportOptions
{
    private const string Onnx = "onnx", Safetensors = "safetensors", Model = "model";
    private const string Float32 = "fp32", Float16 = "fp16", Int8 = "int8";
    private const string Byte = "byte", Float = "float";

    private readonly Option<string?> _model = CommonOptions.Model();
    private readonly Option<string> _format = ValueOption.Choice("--format", "What the model becomes; see below.", Onnx, Onnx, Safetensors, Model);
    private readonly Option<string?> _out = ValueOption.File("--out", "Where it goes. modelBytes and modelSha256 are those of this file.");
    private readonly Option<string> _precision = ValueOption.Choice(
        "--precision", "How weights are stored: fp32; fp16 (model only); or int8 with a scale for each output channel (model, onnx).", Float32, Float32, Float16, Int8);
    private readonly Option<string?> _data = CommonOptions.OptionalData("Images of the model's size and classes, to measure what fp16 or int8 does to the accuracy:");
    private readonly Option<int?> _threads = CommonOptions.Threads("the result");
    private readonly Option<string> _pixels = ValueOption.Choice("--pixels", "onnx: the type of the pixels.", Byte, Byte, Float);
    private readonly Option<string?> _range = new("--pixel-range")
    {
        Description = "onnx: the range of float pixels, for example 0:1. [default: what the model was trained with, 0:255 for a bare model]",
        HelpName = "MIN:MAX",
    };

    private readonly Option<bool> _interleaved = new("--interleaved")
    {
        Description = "onnx: pixels come as [batch, rows, columns, channels] instead of [batch, channels, rows, columns].",
    };

    private readonly Option<bool> _keepBatchNorm = new("--keep-batch-norm") { Description = "onnx: leave batch-norm as layers of their own instead of folding it into the convolutions." };
    private readonly Option<bool> _sparse = new("--sparse") { Description = "onnx: store weights as sparse initializers where that is smaller." };
    private readonly Option<bool> _json = CommonOptions.Json();

    public ExportOptions()
    {
        _out.Required = true;
        _format.Required = true;
        _format.DefaultValueFactory = null;
    }

    private Option[] OfOnnx => [_pixels, _range, _interleaved, _keepBatchNorm, _sparse];

    /// <summary>What the command line calls a precision.</summary>
    public static string NameOf(ModelPrecision precision) => precision switch
    {
        ModelPrecision.Float16 => Float16,
        ModelPrecision.Int8 => Int8,
        _ => Float32,
    };

    /// <summary>Adds the options to the command.</summary>
    public void AddTo(Command command)
    {
        Option[] all = [_model, _format, _out, _precision, _data, _threads, .. OfOnnx, _json];
        foreach (var option in all)
        {
            command.Add(option);
        }
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public ExportSettings Read(ParseResult parsed)
    {
        string path = parsed.GetRequiredValue(_out)!, model = parsed.GetRequiredValue(_model)!;
        if (Path.GetFullPath(path) == Path.GetFullPath(model))
        {
            throw new UsageException($"--out and --model are both '{path}'; name two files.");
        }

        var format = parsed.GetRequiredValue(_format) switch
        {
            Onnx => ExportFormat.Onnx,
            Safetensors => ExportFormat.Safetensors,
            _ => ExportFormat.Model,
        };
        var precision = parsed.GetRequiredValue(_precision) switch
        {
            Float16 => ModelPrecision.Float16,
            Int8 => ModelPrecision.Int8,
            _ => ModelPrecision.Float32,
        };
        ThrowIfNotTogether(parsed, format, precision);
        return new ExportSettings
        {
            Model = model,
            Format = format,
            Precision = precision,
            Onnx = format == ExportFormat.Onnx ? ReadOnnx(parsed, precision) : null,
            Data = parsed.GetValue(_data),
            Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
            Out = path,
            Json = parsed.GetValue(_json),
        };
    }

    private void ThrowIfNotTogether(ParseResult parsed, ExportFormat format, ModelPrecision precision)
    {
        if (precision == ModelPrecision.Float16 && format != ExportFormat.Model)
        {
            throw new UsageException($"{_precision.Name} {Float16} is for {_format.Name} {Model}; other formats take {Float32}{(format == ExportFormat.Onnx ? $" or {Int8}" : "")}.");
        }

        if (precision != ModelPrecision.Float32 && format == ExportFormat.Safetensors)
        {
            throw new UsageException($"{_precision.Name} {NameOf(precision)} is not for {_format.Name} {Safetensors}, which takes {Float32}.");
        }

        if (format != ExportFormat.Onnx && parsed.FirstGiven(OfOnnx) is { } onnx)
        {
            throw new UsageException($"{onnx} is for {_format.Name} {Onnx}.");
        }

        if (precision == ModelPrecision.Float32 && parsed.FirstGiven([_data, _threads]) is { } measuring)
        {
            throw new UsageException($"{measuring} is about what rounding does to the accuracy, and {Float32} rounds nothing; 'randprune evaluate' tells the accuracy.");
        }
    }

    private OnnxExportOptions ReadOnnx(ParseResult parsed, ModelPrecision precision)
    {
        bool isFloat = parsed.GetRequiredValue(_pixels) == Float;
        var options = new OnnxExportOptions
        {
            PixelType = isFloat ? OnnxPixelType.Float : OnnxPixelType.Byte,
            InterleavedColors = parsed.GetValue(_interleaved) ? true : null,
            KeepBatchNorm = parsed.GetValue(_keepBatchNorm),
            SparseInitializers = parsed.GetValue(_sparse),
            Int8Weights = precision == ModelPrecision.Int8,
        };
        if (parsed.GetValue(_range) is { } range)
        {
            if (!isFloat)
            {
                throw new UsageException($"{_range.Name} is for {_pixels.Name} {Float}; bytes go from 0 to 255.");
            }

            (options.PixelMinimum, options.PixelMaximum) = ReadRange(range);
        }

        return options;
    }

    private (float Minimum, float Maximum) ReadRange(string text)
    {
        string[] parts = text.Split(':');
        return parts.Length == 2 && TryParse(parts[0], out float minimum) && TryParse(parts[1], out float maximum) && minimum < maximum
            ? (minimum, maximum)
            : throw new UsageException($"{_range.Name} is '{text}', but must be two numbers, the smaller one first, with a colon between them, for example 0:1.");

        static bool TryParse(string part, out float value) =>
            float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);
    }
}

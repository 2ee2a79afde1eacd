using System.CommandLine;
using System.Security.Cryptography;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tool;

/// <summary><c>randprune mask</c>: makes masks and writes them to a file, shows those of a file or a model, and compares two.</summary>
internal sealed class MaskCommand : ToolCommand
{
    private const string Summary = "Make the masks of a network and write them to a file, show those of a file or a model, or compare two.";
    private const string HelpNotes = """
        Masks are made from --network, --ratio, --sparsity, --granularity, --sampling and --seed, as train
        makes them, or they are those of --mask or --model. A mask file holds no weights; masks that a seed
        makes take a few hundred bytes. 'randprune train --mask' trains with them.

        Overlap is the share of these masks' kept weights that the others keep too.

        Examples:
          randprune mask --network ResNet-20-16 --ratio ERK --sparsity 0.9 --seed 1 --out masks.safetensors
          randprune mask --model model.zip --out masks.safetensors
          randprune mask --mask masks.safetensors --compare model.zip
        """;

    private readonly MaskOptions _masks = new();
    private readonly Option<string?> _mask = ValueOption.File("--mask", "Show the masks of this mask file instead of making some.");
    private readonly Option<string?> _model = ValueOption.File("--model", "Show the masks of this model instead of making some: an ML.NET model (.zip, .mlnet), or a bare model file (.safetensors).");
    private readonly Option<string?> _compare = ValueOption.File("--compare", "Another mask file or model, of the same network: report the overlap of the masks, by layer and in all.");
    private readonly Option<string?> _out = ValueOption.File("--out", "Write the masks to this mask file, for example masks.safetensors. [default: none is written]");
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly ToolOutput _output;

    public MaskCommand(ToolOutput output) : base("mask", Summary, HelpNotes)
    {
        _output = output;
        _masks.AddTo(this);
        foreach (Option option in new Option[] { _mask, _model, _compare, _out, _json })
        {
            Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string? path = parsed.GetValue(_out);
        var mask = Read(parsed);
        var other = parsed.GetValue(_compare) is { } compared ? MaskComparison.Of(mask, MaskStore.Load(ToolContext.Create(_output.WriteWarning), compared), compared) : null;
        var result = MaskResult.Of(mask) with { Comparison = other };
        if (path is not null)
        {
            using var content = new MemoryStream();
            mask.Save(content);
            AtomicFile.Write(path, "mask", content.WriteTo);
            result = result with { MaskPath = path, MaskBytes = content.Length, MaskSha256 = Convert.ToHexStringLower(SHA256.HashData(content.ToArray())) };
        }

        if (parsed.GetValue(_json))
        {
            _output.WriteJson(result);
            return RandPrune.Success;
        }

        MaskTable.Show(mask, _output, withChecksums: true);
        if (other is not null)
        {
            MaskTable.Show(other, _output);
        }

        if (result.MaskPath is not null)
        {
            _output.Out.WriteLine($"saved {result.MaskPath}: {MaskTable.Count(result.MaskBytes!.Value)} bytes, SHA-256 {result.MaskSha256}");
        }

        return RandPrune.Success;
    }

    private NetworkMask Read(ParseResult parsed)
    {
        var (mask, model) = (parsed.GetValue(_mask), parsed.GetValue(_model));
        if (mask is not null && model is not null)
        {
            throw new UsageException($"{_mask.Name} and {_model.Name} are both given; leave one out, or name it with {_compare.Name}.");
        }

        if (mask is null && model is null)
        {
            return _masks.Make(parsed, _output);
        }

        if (parsed.FirstGiven(_masks.All) is { } option)
        {
            throw new UsageException($"{option} says how masks are made, but {(mask is null ? _model : _mask).Name} names masks that are there; leave one out.");
        }

        return mask is not null ? MaskStore.LoadMask(mask) : ModelStore.Load(ToolContext.Create(_output.WriteWarning), model!).Model.Mask;
    }
}

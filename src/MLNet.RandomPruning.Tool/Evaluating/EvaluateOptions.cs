using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.CompilerServices;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation.Robustness;
using MLNet.RandomPruning.Torch;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool.Evaluating;

/// <summary>The options of <c>randprune evaluate</c>.</summary>
internal sealed class EvaluateOptions
{
    private const string TorchSharp = "torchsharp";
    private const int DefaultBins = 15;

    private readonly Option<string?> _model = CommonOptions.Model();
    private readonly Option<string?> _data = CommonOptions.Data();
    private readonly Option<string> _split = ValueOption.Choice("--split", "Which images of a folder, or of the generated ones.", "test", "test", "train");
    private readonly Option<string[]> _ood = Paths(
        "--ood",
        "Images of none of the model's classes, against which those of --data are told apart: what --data takes (labels are not looked at), or a folder with PNG, BMP and JPEG files. May be given several times.");
    private readonly Option<bool> _resize = new("--resize") { Description = "Scale the image files of --ood to the model's size; without it, another size is an error." };
    private readonly Option<IReadOnlyList<IPerturbation>> _attack = Attacks();
    private readonly Option<bool> _corruptions = new("--corruptions") { Description = "Test with every corruption (noise, blur, brightness, contrast, pixelate, JPEG) at all five severities." };
    private readonly Option<int?> _attackImages = ValueOption.OptionalWhole("--attack-images", "Attack and corrupt the first N images only. [default: all]", 1);
    private readonly Option<int> _bins = ValueOption.Whole("--bins", "The number of bins of the reliability diagram.", DefaultBins, 1, 10_000);
    private readonly Option<int?> _bootstrap = ValueOption.OptionalWhole(
        "--bootstrap", "Give 95 % intervals of calibration, selective and out-of-distribution figures, from N resamples. [default: none]", 2, 1_000_000);
    private readonly Option<long> _seed = ValueOption.Whole("--seed", "The seed of attacks, noise and resamples.", 17L, long.MinValue, long.MaxValue);
    private readonly Option<int?> _threads = CommonOptions.Threads("the result");
    private readonly Option<string> _engine = ValueOption.Choice(
        "--engine", "What scores and gives an attack its gradients: sparse, the built-in engine, or torchsharp, libtorch with pruned weights as zeros.", "sparse", "sparse", TorchSharp);
    private readonly Option<string> _device = ValueOption.Parsed(
        "--device", "Where torchsharp computes: cpu, cuda, cuda:N or auto.", "NAME", "auto", name => TorchRuntime.IsDeviceName(name)
            ? name
            : throw new ArgumentException($"'{name}' is not a device: cpu, cuda, cuda:N (N from 0) and auto are."));
    private readonly Option<string?> _report = ValueOption.File("--report", "Write a report with charts to this file: one HTML page that needs nothing else, not even a network.", "FILE.html");
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Adds the options to the command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[]
        {
            _model, _data, _split, _ood, _resize, _attack, _corruptions, _attackImages, _bins, _bootstrap, _seed, _threads, _engine, _device, _report, _json,
        })
        {
            command.Add(option);
        }
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    /// <exception cref="NotSupportedException">The torchsharp engine was asked for and libtorch is missing.</exception>
    public EvaluateSettings Read(ParseResult parsed)
    {
        string model = parsed.GetRequiredValue(_model)!;
        string? report = parsed.GetValue(_report);
        if (report is not null && Path.GetFullPath(report) == Path.GetFullPath(model))
        {
            throw new UsageException($"--report and --model are both '{report}'; name two files.");
        }

        IPerturbation[] perturbations = [.. parsed.GetValue(_attack) ?? [], .. parsed.GetValue(_corruptions) ? ImageCorruption.All : []];
        bool isTorch = parsed.GetRequiredValue(_engine) == TorchSharp;
        int? attackImages = parsed.GetValue(_attackImages);
        string[] ood = parsed.GetValue(_ood) ?? [];
        ThrowIfUseless(parsed, _attackImages, perturbations.Length > 0, "--attack or --corruptions");
        ThrowIfUseless(parsed, _resize, ood.Length > 0, "--ood");
        ThrowIfUseless(parsed, _device, isTorch, $"--engine {TorchSharp}");
        return new EvaluateSettings
        {
            Model = model,
            Data = parsed.GetRequiredValue(_data)!,
            Split = parsed.GetRequiredValue(_split) == "train" ? CifarSplit.Train : CifarSplit.Test,
            OutOfDistribution = ood,
            Resize = parsed.GetValue(_resize),
            Perturbations = [.. perturbations.DistinctBy(perturbation => perturbation.Name)],
            AttackImages = attackImages,
            Bins = parsed.GetValue(_bins),
            Bootstrap = parsed.GetValue(_bootstrap),
            Seed = parsed.GetValue(_seed),
            Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
            Engine = isTorch ? TorchEngine(parsed.GetRequiredValue(_device)) : null,
            EngineName = isTorch ? "TorchSharp" : "Sparse",
            Report = report,
            Json = parsed.GetValue(_json),
        };
    }

    // An option without a default of its own that would do nothing was meant to do something.
    private static void ThrowIfUseless(ParseResult parsed, Option option, bool hasUse, string needed)
    {
        if (parsed.IsGiven(option) && !hasUse)
        {
            throw new UsageException($"{option.Name} is given, but does nothing without {needed}.");
        }
    }

    // In a method of its own: compiling it is what loads the assembly.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TrainingEngineFactory TorchEngine(string device) => TorchRuntime.IsAvailable(out string? reason)
        ? TorchSharpEngine.Factory(new TorchSharpEngineOptions { Device = device })
        : throw new NotSupportedException(reason);

    private static Option<string[]> Paths(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DIR|FILE|generated",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result =>
        {
            foreach (var token in result.Tokens)
            {
                if (string.IsNullOrWhiteSpace(token.Value) || token.Value.Contains('\0'))
                {
                    result.AddError($"{name} is '{token.Value}', but must be a path.");
                }
            }

            return [.. result.Tokens.Select(token => token.Value)];
        },
    };

    private static Option<IReadOnlyList<IPerturbation>> Attacks() => new("--attack")
    {
        Description = "Attacks, with commas between them: fgsm:8/255 (one step along the gradient's sign), pgd:8/255:10 (ten steps), noise:8/255 (Gaussian, for comparison); also single corruptions such as contrast:3 or contrast. May be given several times.",
        HelpName = "NAME:STRENGTH[:STEPS],...",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = ReadAttacks,
    };

    private static List<IPerturbation> ReadAttacks(ArgumentResult result)
    {
        var found = new List<IPerturbation>();
        foreach (var token in result.Tokens)
        {
            try
            {
                found.AddRange(Perturbations.ParseList(token.Value));
            }
            catch (ArgumentException error)
            {
                result.AddError($"--attack {token.Value}: {ErrorText.Of(error)}");
            }
        }

        return found;
    }
}

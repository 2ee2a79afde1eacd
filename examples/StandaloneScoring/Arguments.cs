using System.Globalization;
using MLNet.RandomPruning.Evaluation;

namespace StandaloneScoring;

/// <summary>What the command line asks for.</summary>
internal sealed record Arguments
{
    public const string Usage = """
        Usage: standalone-scoring [options] MODEL IMAGE...
               standalone-scoring --benchmark [options] MODEL [IMAGE]

        Says what image files show: PNG, BMP, PPM and PGM, of any size. An image is scaled to the model's size, and cropped to the
        centre where its sides are in another proportion. Prints a line a label: file, label, probability, with tabs between them.
        MODEL is what 'randprune export --format model' writes.

          --top N        the N most probable labels of each image, most probable first (1)
          --ood[=SCORE]  as a last column how far each image is from what the model was trained on, the higher the farther:
                         MaxSoftmax, Energy, Energy(temperature), MaxLogit, Entropy or Margin (MaxSoftmax)
          --time         say on standard error how long it took to read the model and to score the first image
          --benchmark    measure how many images a second this machine scores, one by one and in batches of 128
          --seconds N    how long to measure each of the two (2)
          --threads N    how many threads share a batch in the benchmark (all processors)
          -h, --help     this text

        Exit codes: 0 done, 1 failed (a line on standard error says why; images that can be read are scored all the same),
        2 bad usage.
        """;

    public string Model { get; private init; } = "";

    public IReadOnlyList<string> Images { get; private init; } = [];

    public int Top { get; private set; } = 1;

    public OutOfDistributionScore? OutOfDistribution { get; private set; }

    public bool Time { get; private set; }

    public bool Benchmark { get; private set; }

    public double Seconds { get; private set; } = 2;

    public int Threads { get; private set; } = Environment.ProcessorCount;

    public bool Help { get; private set; }

    /// <summary>Reads a command line.</summary>
    /// <exception cref="FormatException">It is wrong; the message says what.</exception>
    public static Arguments Parse(IReadOnlyList<string> args)
    {
        var options = new Arguments();
        var names = new List<string>();
        bool onlyNames = false;
        for (int i = 0; i < args.Count; i++)
        {
            string arg = args[i];
            if (onlyNames || !arg.StartsWith('-') || arg == "-")
            {
                names.Add(arg);
                continue;
            }

            switch (arg)
            {
                case "--":
                    onlyNames = true;
                    break;
                case "-h" or "--help":
                    options.Help = true;
                    break;
                case "--time":
                    options.Time = true;
                    break;
                case "--benchmark":
                    options.Benchmark = true;
                    break;
                case "--top":
                    options.Top = (int)Number(args, ref i, 1, int.MaxValue, isWhole: true);
                    break;
                case "--threads":
                    options.Threads = (int)Number(args, ref i, 1, 1024, isWhole: true);
                    break;
                case "--seconds":
                    options.Seconds = Number(args, ref i, 0.01, 3600, isWhole: false);
                    break;
                case "--ood":
                    options.OutOfDistribution = OutOfDistributionScore.MaxSoftmax;
                    break;
                default:
                    options.OutOfDistribution = arg.StartsWith("--ood=", StringComparison.Ordinal)
                        ? Score(arg["--ood=".Length..])
                        : throw new FormatException($"'{arg}' is no option.");
                    break;
            }
        }

        if (!options.Help && names.Count < (options.Benchmark ? 1 : 2))
        {
            throw new FormatException(names.Count == 0 ? "no model is named." : "no image is named.");
        }

        return names.Count == 0 ? options : options with { Model = names[0], Images = names[1..] };
    }

    private static double Number(IReadOnlyList<string> args, ref int index, double least, double most, bool isWhole)
    {
        string name = args[index];
        if (++index == args.Count)
        {
            throw new FormatException($"{name} has no value.");
        }

        return double.TryParse(args[index], NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && value >= least && value <= most && (!isWhole || value == Math.Floor(value))
            ? value
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"{name} is '{args[index]}', but must be a {(isWhole ? "whole " : "")}number from {least} to {most}."));
    }

    private static OutOfDistributionScore Score(string name)
    {
        try
        {
            return OutOfDistributionScore.Parse(name);
        }
        catch (ArgumentException error)
        {
            throw new FormatException(App.Reason(error), error);
        }
    }
}

using System.CommandLine;
using System.Globalization;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using Spectre.Console;

namespace MLNet.RandomPruning.Tool;

/// <summary><c>randprune inspect</c>: what pruning leaves of a network, layer by layer, without training.</summary>
internal sealed class InspectCommand : ToolCommand
{
    private const string Summary = "Show what pruning leaves of a network, layer by layer: weights, kept weights, density and multiply-adds.";
    private const string HelpNotes = """
        Counted are the weights of convolutions and of the linear layer, which pruning thins out; biases and
        batch-norm parameters are not among them. Multiply-adds are for one image.

        Example:
          randprune inspect --network ResNet-110-16 --ratio ERK --sparsity 0.95
        """;

    private readonly PruningOptions _pruning = new();
    private readonly Option<ImageShape> _inputSize = ValueOption.Parsed(
        "--input-size", "The images: rows and columns such as 64x48, one number for square ones, or channels as well, 1x28x28.", "SIZE", "32", ParseSize);
    private readonly Option<int> _classes = ValueOption.Whole("--classes", "The number of classes.", 10, 2, 1_000_000);
    private readonly Option<bool> _json = CommonOptions.Json();

    public InspectCommand(ToolOutput output) : base("inspect", Summary, HelpNotes)
    {
        _pruning.AddTo(this);
        Add(_inputSize);
        Add(_classes);
        Add(_json);
        SetAction(parsed =>
        {
            var choice = _pruning.Read(parsed);
            var network = BuildNetwork(choice.Network, parsed.GetValue(_inputSize), parsed.GetValue(_classes));
            var report = PruningReport.From(MaskGenerator.Generate(network, choice.Ratio, choice.Sparsity, choice.Seed, choice.Sampling));
            if (parsed.GetValue(_json))
            {
                output.WriteJson(report);
            }
            else
            {
                Show(report, network, output);
            }

            return RandPrune.Success;
        });
    }

    private static Network BuildNetwork(ResNet name, ImageShape shape, int classes)
    {
        try
        {
            return name.Build(shape, classes);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(ErrorText.Of(error));
        }
    }

    private static ImageShape ParseSize(string text)
    {
        var lengths = text.Split('x', 'X', '×').Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length is >= 1 and <= 16384 ? length : 0).ToArray();
        return lengths is [> 0] ? new ImageShape(3, lengths[0], lengths[0])
            : lengths is [> 0, > 0] ? new ImageShape(3, lengths[0], lengths[1])
            : lengths is [> 0, > 0, > 0] ? new ImageShape(lengths[0], lengths[1], lengths[2])
            : throw new ArgumentException($"'{text}' is no size; it is rows and columns such as 64x48, one number for both such as 32, or channels, rows and columns such as 1x28x28, each from 1 to 16384.");
    }

    private static void Show(PruningReport report, Network network, ToolOutput output)
    {
        var table = new Table { Border = TableBorder.Simple, ShowFooters = true };
        table.AddColumn(new TableColumn("layer").Footer("total"));
        table.AddColumn(new TableColumn("weights").RightAligned());
        table.AddColumn(Right("parameters", Count(report.Parameters)));
        table.AddColumn(Right("kept", Count(report.Kept)));
        table.AddColumn(Right("density", Share((double)report.Kept / report.Parameters)));
        table.AddColumn(Right("multiply-adds", Count(report.MultiplyAdds)));
        foreach (var layer in report.Layers)
        {
            table.AddRow(
                layer.Name, string.Join('×', layer.Shape), Count(layer.Parameters), Count(layer.Kept), Share(layer.Density), Count(layer.MultiplyAdds));
        }

        output.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.Network} for images of {network.InputShape} in {network.ClassCount} classes: {report.Ratio}, sparsity {report.Sparsity:0.######}, seed {report.Seed}"));
        output.OutConsole.Write(table);
        output.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Count(report.Kept)} of {Count(report.Parameters)} weights are kept; {Count(report.MultiplyAdds)} of {Count(report.DenseMultiplyAdds)} multiply-adds are left, {Share((double)report.MultiplyAdds / report.DenseMultiplyAdds)}."));
    }

    private static TableColumn Right(string header, string footer) => new TableColumn(header).Footer(footer).RightAligned();

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Share(double value) => value.ToString("P2", CultureInfo.InvariantCulture);
}

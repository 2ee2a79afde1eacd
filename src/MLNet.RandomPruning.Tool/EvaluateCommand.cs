using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace MLNet.RandomPruning.Tool;

/// <summary><c>randprune evaluate</c>: how well a model does on labelled images.</summary>
internal sealed class EvaluateCommand : ToolCommand
{
    private const string Summary = "Evaluate a model on labelled images: accuracy, log-loss, and the figures of each class.";
    private const string HelpNotes = """
        The images must be of the classes, and of the size, that the model was trained on.

        Example:
          randprune evaluate --model model.zip --data cifar-10-batches-bin
        """;

    public EvaluateCommand(ToolOutput output) : base("evaluate", Summary, HelpNotes)
    {
        var model = CommonOptions.Model();
        var data = CommonOptions.Data();
        var split = ValueOption.Choice("--split", "Which images of a folder, or of the generated ones.", "test", "test", "train");
        var json = CommonOptions.Json();
        Add(model);
        Add(data);
        Add(split);
        Add(json);
        SetAction(parsed =>
        {
            var mlContext = ToolContext.Create(output.WriteWarning);
            var network = ModelStore.Load(mlContext, parsed.GetRequiredValue(model)!);
            var source = new Images(mlContext, parsed.GetRequiredValue(data)!);
            var images = parsed.GetRequiredValue(split) == "train" ? source.Train(subset: null) : source.Test();
            var result = EvaluateResult.Of(network, Evaluation.Run(mlContext, network, images));
            if (parsed.GetValue(json))
            {
                output.WriteJson(result);
            }
            else
            {
                Show(result, output);
            }

            return RandPrune.Success;
        });
    }

    private static void Show(EvaluateResult result, ToolOutput output)
    {
        var text = CultureInfo.InvariantCulture;
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns(new TableColumn("class"), Right("images"), Right("recall"), Right("precision"));
        foreach (var row in result.Classes)
        {
            table.AddRow(Markup.Escape(row.Label), row.Count.ToString("N0", text), Share(row.Recall), Share(row.Precision));
        }

        output.OutConsole.Write(table);
        output.Out.WriteLine(string.Create(text, $"{result.Network} on {result.Count:N0} images: accuracy {result.Accuracy:P2}, log-loss {result.LogLoss:F4}, macro accuracy {result.MacroAccuracy:P2}"));
        output.Out.WriteLine($"the class is among the k most probable: {string.Join(", ", result.TopKAccuracy.Select((share, index) => $"{Share(share)} for k = {index + 1}"))}");
    }

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static string Share(double? value) => value?.ToString("P2", CultureInfo.InvariantCulture) ?? "-";
}

using System.CommandLine;
using System.Globalization;
using MLNet.RandomPruning.Tool.Scoring;
using Spectre.Console;

namespace MLNet.RandomPruning.Tool;

/// <summary><c>randprune score</c>: what image files show.</summary>
internal sealed class ScoreCommand : ToolCommand
{
    private const string Summary = "Say what image files show: PNG, BMP and JPEG, of any size.";
    private const string HelpNotes = """
        An image is scaled to the model's size, and cropped to the centre where its sides are in another
        proportion.

        Example:
          randprune score --model model.zip photos/*.jpg
        """;

    public ScoreCommand(ToolOutput output) : base("score", Summary, HelpNotes)
    {
        var files = new Argument<string[]>("files") { Description = "The image files.", Arity = ArgumentArity.OneOrMore, HelpName = "FILES" };
        var model = CommonOptions.Model();
        var skip = new Option<bool>("--skip-bad") { Description = "Leave out files that are no readable images, with a warning for each, instead of failing at the first." };
        var json = CommonOptions.Json();
        Add(files);
        Add(model);
        Add(skip);
        Add(json);
        SetAction(parsed =>
        {
            var mlContext = ToolContext.Create(output.WriteWarning);
            var network = ModelStore.Load(mlContext, parsed.GetRequiredValue(model)!);
            var images = new ImageFiles(parsed.GetRequiredValue(files), parsed.GetValue(skip) ? output.WriteWarning : null);
            var predictions = ImageScorer.Score(mlContext, network, images);
            if (parsed.GetValue(json))
            {
                output.WriteJson(new ScoreResult(network.Model.ClassNames, predictions));
            }
            else
            {
                Show(predictions, output);
            }

            return RandPrune.Success;
        });
    }

    private static void Show(IReadOnlyList<Prediction> predictions, ToolOutput output)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns(new TableColumn("file"), new TableColumn("label"), new TableColumn("probability").RightAligned());
        foreach (var prediction in predictions)
        {
            table.AddRow(Markup.Escape(prediction.File), Markup.Escape(prediction.Label), prediction.Probability.ToString("P2", CultureInfo.InvariantCulture));
        }

        output.OutConsole.Write(table);
    }
}

/// <summary>What <c>randprune score --json</c> prints.</summary>
/// <param name="Labels">The classes, in the order of each prediction's scores.</param>
/// <param name="Predictions">One an image, in the order of the files.</param>
internal sealed record ScoreResult(IReadOnlyList<string> Labels, IReadOnlyList<Prediction> Predictions);

/// <summary>What one image shows.</summary>
/// <param name="File">The image's file, as it was given.</param>
/// <param name="Label">The most probable class.</param>
/// <param name="Probability">Its probability.</param>
/// <param name="Scores">The probability of each class.</param>
internal sealed record Prediction(string File, string Label, float Probability, float[] Scores);

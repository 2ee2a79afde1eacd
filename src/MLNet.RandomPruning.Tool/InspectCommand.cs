using MLNet.RandomPruning.Pruning;

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
          randprune inspect --granularity Filter --ratio Uniform --sparsity 0.5
          randprune inspect --ratio SNIP --data cifar-10-batches-bin
        """;

    public InspectCommand(ToolOutput output) : base("inspect", Summary, HelpNotes)
    {
        var masks = new MaskOptions();
        var json = CommonOptions.Json();
        masks.AddTo(this);
        Add(json);
        SetAction(parsed =>
        {
            var mask = masks.Make(parsed, output);
            if (parsed.GetValue(json))
            {
                output.WriteJson(PruningReport.From(mask));
            }
            else
            {
                MaskTable.Show(mask, output);
            }

            return RandPrune.Success;
        });
    }
}

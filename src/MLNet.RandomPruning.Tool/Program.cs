using MLNet.RandomPruning.Tool;

return RandPrune.Run(args, ToolOutput.Standard());

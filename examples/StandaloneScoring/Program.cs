// Says what image files show, with a trained model and nothing else: this program references MLNet.RandomPruning.Core only.
using StandaloneScoring;

return App.Run(args, Console.Out, Console.Error);

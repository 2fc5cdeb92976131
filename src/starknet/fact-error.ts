/**
 * What can be wrong with a program output, its pages or its program on the way to a fact. The names are those of the
 * orchestrator that existing deployments run; errors carry one as `reason` in their context.
 */
export type FactReason =
  | 'ProgramHashCompute'
  | 'OutputBuiltinNoAdditionalData'
  | 'OutputBuiltinNoSegmentInfo'
  | 'InvalidSegment'
  | 'TreeStructureLenOdd'
  | 'TreeStructureEmpty'
  | 'TreeStructureTooLarge'
  | 'TreeStructureInvalid'
  | 'TreeStructurePagesCountOutOfRange'
  | 'TreeStructureNodesCountOutOfRange'
  | 'TreeStructureRootInvalid'
  | 'TreeStructurePagesNotProcessed'
  | 'TreeStructureEndOffsetInvalid'
  | 'TreeStructureRootOffsetInvalid'
  | 'OutputPagesLenUnexpected'
  | 'OutputPagesInvalidStart'
  | 'OutputPagesUnexpectedStart'
  | 'OutputPagesInvalidSize'
  | 'OutputPagesUnexpectedId'
  | 'OutputPagesUncoveredOutput'
  | 'OutputSegmentNotFound'
  | 'OutputSegmentInvalidRange'
  | 'OutputSegmentInconsistentOffset'
  | 'OutputSegmentUnexpectedRelocatable'
  | 'ProgramOutputCompute'
  | 'OnChainDataCompute'
  | 'L2FactCompute'
  | 'FeltToUsizeConversionError'
  | 'AggregatorOutputParsingError';

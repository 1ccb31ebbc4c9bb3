import { usearch } from './usearch.ts'
import { testVectorDriver } from './vector-index.contract.ts'

testVectorDriver(usearch)
